import { Wso2Error, type Wso2ErrorCode } from '@cdr-stack/wso2';
import { CommanderError } from 'commander';
import { ChangesFound, ConsentNeeded, Interrupted, InvocationError, TimedOut } from './engine/errors.ts';
import { KubernetesError } from './kubernetes/kubernetes-error.ts';
import { PulumiError } from './pulumi-command.ts';

/** What a command says by its exit code; documented in docs/operations.md. */
export const exitCodes = {
  done: 0,
  failed: 1,
  wrongInvocation: 2,
  refused: 3,
  serverFailed: 4,
  consentNeeded: 5,
  changesFound: 7,
  interrupted: 8,
  timedOut: 9,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const ofServer: Partial<Record<Wso2ErrorCode, ExitCode>> = {
  unauthorized: exitCodes.refused,
  forbidden: exitCodes.refused,
  'scope-not-granted': exitCodes.refused,
  unreachable: exitCodes.serverFailed,
  untrusted: exitCodes.serverFailed,
  timeout: exitCodes.serverFailed,
  'server-error': exitCodes.serverFailed,
  'unexpected-answer': exitCodes.serverFailed,
};

/** The exit code for an error: its own, else that of what caused it. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongInvocation;
  if (error instanceof InvocationError) return exitCodes.wrongInvocation;
  if (error instanceof ConsentNeeded) return exitCodes.consentNeeded;
  if (error instanceof ChangesFound) return exitCodes.changesFound;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof TimedOut) return exitCodes.timedOut;
  if (error instanceof PulumiError) return exitCodes.serverFailed;
  if (error instanceof KubernetesError) return error.code === 'refused' ? exitCodes.refused : exitCodes.serverFailed;
  if (error instanceof Wso2Error) return ofServer[error.code] ?? exitCodes.failed;
  if (error instanceof Error && error.cause !== undefined) return exitCodeOf(error.cause);
  return exitCodes.failed;
}
