import { type DeclaredTrust, trustBundles } from '../programs/declared-trust.ts';
import { parseOutputs, type StackOutputs } from '../programs/outputs.ts';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import { readStack, type Stack } from './pulumi-stack.ts';
import { declaredTrustIn } from './stack-trust.ts';

/** Where a command gets the addresses of the servers: a file, or flags for servers that this project did not deploy. */
export interface OutputsFlags {
  outputs?: string;
  stack?: string;
  apim?: string;
  gateway?: string;
  is?: string;
  endpoint?: string;
  ca?: string;
  recipientsCa?: string;
}

/**
 * A stack's outputs, or the known addresses of servers that this project did not deploy, possibly without the endpoint behind the
 * gateway.
 */
export type ServerOutputs = Omit<StackOutputs, 'dcrService'> & Partial<Pick<StackOutputs, 'dcrService'>>;

const noCertificate = '-----BEGIN CERTIFICATE-----';

/** The addresses of the servers, and what else the stack's outputs contain. */
export interface OutputsSource {
  outputs: ServerOutputs;
  stack?: Stack;
  /** Whom the stack declares as trusted now, where the declaration is on this machine: the outputs' trust is made of it. */
  declaredTrust?: DeclaredTrust;
}

/**
 * Reads outputs from a file, from flags, or else from the stack: the one named, or the selected one.
 *
 * @throws {InvocationError} telling everything that is missing or wrong at once.
 * @throws {PulumiError} when Pulumi fails.
 */
export async function readOutputs(flags: OutputsFlags): Promise<OutputsSource> {
  if (flags.outputs !== undefined) {
    refuseBesideOutputs(flags);
    return { outputs: checked(fromFile(flags.outputs)) };
  }
  const { apim, gateway, is, endpoint, ca, recipientsCa } = flags;
  if ([apim, is, endpoint, ca].every((flag) => flag === undefined)) {
    const stack = await readStack({ stack: flags.stack });
    const outputs = checked(stack.outputs);
    const declaredTrust = declaredTrustIn(stack.trustDirectory);
    if (declaredTrust === undefined) return { outputs, stack };
    // The outputs are those of the last `pulumi up`; who declares another CA wants it to count now.
    return { outputs: { ...outputs, trust: trustBundles(declaredTrust) }, stack, declaredTrust };
  }
  const missing = Object.entries({ apim, is }).filter(([, flag]) => flag === undefined);
  if (missing.length > 0) {
    throw new InvocationError(`Missing: ${missing.map(([flag]) => `--${flag}`).join(', ')} (or give --outputs FILE).`);
  }
  const given = checked({
    apiManager: { url: apim, gatewayUrl: gateway ?? gatewayOf(apim ?? '') },
    identityServer: { url: is },
    // What is not given is not declared: its place is filled for the check alone.
    dcrService: { url: endpoint ?? apim },
    trust: {
      servers: ca === undefined ? noCertificate : readFileOf('CA certificates', ca),
      recipients: noCertificate,
    },
  });
  const servers = ca === undefined ? '' : given.trust.servers;
  const recipients = recipientsCa === undefined ? servers : readFileOf("recipients' CA certificates", recipientsCa);
  const { dcrService, ...outputs } = { ...given, trust: { servers, recipients } };
  return { outputs: endpoint === undefined ? outputs : { ...outputs, dcrService } };
}

/** The file says these, so a flag that says them too would not be read. */
function refuseBesideOutputs({ apim, is, endpoint, recipientsCa }: OutputsFlags): void {
  const flags = { apim, is, endpoint, 'recipients-ca': recipientsCa };
  const given = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`]));
  if (given.length === 0) return;
  throw new InvocationError(
    `${given.join(', ')} beside --outputs: the file says it already. Leave one of them out, or change the file.`,
  );
}

function fromFile(file: string): unknown {
  try {
    return JSON.parse(readFileOf('outputs', file));
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvocationError(`${file} is not JSON: ${error.message}.`);
    throw error;
  }
}

function checked(value: unknown): StackOutputs {
  try {
    return parseOutputs(value);
  } catch (error) {
    throw new InvocationError(error instanceof Error ? error.message : String(error));
  }
}

/** The product's own ports: management 9443, gateway 8243, both moved by the same offset. */
function gatewayOf(apim: string): string {
  if (!URL.canParse(apim)) return apim;
  const url = new URL(apim);
  url.port = String(Number(url.port || 9443) - 9443 + 8243);
  return url.origin;
}
