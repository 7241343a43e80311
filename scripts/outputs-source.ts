import { parseOutputs, type StackOutputs } from '../programs/outputs.ts';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import { readStack, type Stack } from './pulumi-stack.ts';

/** Where a command learns of the servers: a file, or flags for servers that nobody deployed with this project. */
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

/** Where the servers are, and what else the stack told when it was asked. */
export interface OutputsSource {
  outputs: StackOutputs;
  stack?: Stack;
}

/**
 * Reads outputs from a file, from flags, or else from the stack: the one named, or the selected one.
 *
 * @throws {InvocationError} telling everything that is missing or wrong at once.
 * @throws {PulumiError} when Pulumi fails.
 */
export async function readOutputs(flags: OutputsFlags): Promise<OutputsSource> {
  if (flags.outputs !== undefined) return { outputs: checked(fromFile(flags.outputs)) };
  const { apim, gateway, is, endpoint, ca, recipientsCa } = flags;
  if ([apim, is, endpoint, ca].every((flag) => flag === undefined)) {
    const stack = await readStack({ stack: flags.stack });
    return { outputs: checked(stack.outputs), stack };
  }
  const missing = Object.entries({ apim, is, endpoint, ca }).filter(([, flag]) => flag === undefined);
  if (missing.length > 0) {
    throw new InvocationError(`Missing: ${missing.map(([flag]) => `--${flag}`).join(', ')} (or give --outputs FILE).`);
  }
  const servers = readFileOf('CA certificates', ca ?? '');
  const outputs = checked({
    apiManager: { url: apim, gatewayUrl: gateway ?? gatewayOf(apim ?? '') },
    identityServer: { url: is },
    dcrService: { url: endpoint },
    trust: {
      servers,
      recipients: recipientsCa === undefined ? servers : readFileOf("recipients' CA certificates", recipientsCa),
    },
  });
  return { outputs };
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
