/** Families of the products that differ in what they do: API Manager 4.2 with its Identity Server 6.1, 4.7 with 7.3. */
export const GENERATIONS = ['4.2', '4.7'] as const;
export type Generation = (typeof GENERATIONS)[number];
