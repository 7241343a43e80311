import { z } from 'zod';
import { deployParts, runPulumi, type StackChoice } from '../pulumi-command.ts';
import type { RotatedServer } from './administrator.ts';

/** Where a server's administrator password is configured, and how a new one reaches the server. */
export interface ConfiguredPassword {
  /** Where it is, for messages. */
  readonly place: string;
  /** What the server is started with. */
  current(): Promise<string>;
  /** What a rotation is bringing in that has not come to its end; undefined when none is under way. */
  pending(): Promise<string | undefined>;
  /** Saves the new password before any server knows it, so that an interrupted run finds it again. */
  notePending(password: string): Promise<void>;
  /** From its next start on the server is started with this one. Undefined where that cannot be done from here. */
  configure?(password: string): Promise<void>;
  /** Restarts the pods that read the password; resolves when they are up. Pods that have it already are not restarted. */
  roll?(): Promise<void>;
  /** The rotation is over. */
  forgetPending(): Promise<void>;
}

const parts = {
  'API Manager': { key: 'apiManagerPassword', part: 'api-manager' },
  'Identity Server': { key: 'identityServerPassword', part: 'identity-server' },
} as const;

/**
 * In the encrypted settings of a stack. What is pending is a setting beside them, under a name that the program does not look at;
 * passwords go to Pulumi by its standard input and come by its standard output.
 */
export function passwordOfStack(choice: StackChoice, server: RotatedServer): ConfiguredPassword {
  const { key, part } = parts[server];
  const [setting, noted] = [`cdr-stack:${key}`, `cdr-stack-rotation:${key}`];
  const get = async (name: string) => (await runPulumi(choice, ['config', 'get', name])).replace(/\n$/, '');
  const set = async (name: string, password: string) =>
    void (await runPulumi(choice, ['config', 'set', '--secret', name], password));
  return {
    place: setting,
    current: () => get(setting),
    pending: async () => ((await isSet(choice, noted)) ? get(noted) : undefined),
    notePending: (password) => set(noted, password),
    configure: (password) => set(setting, password),
    roll: () => deployParts(choice, rolled(part)),
    forgetPending: async () => void (await runPulumi(choice, ['config', 'rm', noted])),
  };
}

/** For servers that this project did not deploy: the caller has both passwords, and configures and restarts by hand. */
export function passwordOutsideStack(present: string, next: string): ConfiguredPassword {
  return {
    place: 'the environment',
    current: async () => present,
    pending: async () => next,
    notePending: async () => {},
    forgetPending: async () => {},
  };
}

const settingsSchema = z.record(
  z.string(),
  z.looseObject({ value: z.string().optional(), secret: z.boolean().optional() }),
);

/** Whether a setting of the stack has a value, its own or a default that is not empty. */
export async function isSet(choice: StackChoice, key: string): Promise<boolean> {
  const setting = settingsSchema.parse(JSON.parse(await runPulumi(choice, ['config', '--json'])))[key];
  return setting !== undefined && (setting.secret === true || Boolean(setting.value));
}

/** The server, dcr-service where it works as the administrator, and the Secret that `npm run provision` takes passwords from. */
const rolled = (part: 'api-manager' | 'identity-server') => [
  ...[part, 'dcr-service', 'service-users'].map((one) => `**:Secret::${one}-credentials`),
  // Of API Manager there may be two, each with a number.
  ...[`${part}*`, 'dcr-service'].map((one) => `**:Deployment::${one}`),
];
