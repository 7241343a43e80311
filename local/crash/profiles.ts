/** Generations of servers that the emulator can be, by the name that `wso2/generation.ts` gives them. */
export const profiles = ['4.7', '4.2'] as const;

export type Profile = (typeof profiles)[number];
