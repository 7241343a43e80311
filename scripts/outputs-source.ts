import { parseOutputs, type StackOutputs } from '../programs/outputs.ts';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';

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

/** @throws {InvocationError} telling everything that is missing or wrong at once. */
export function readOutputs(flags: OutputsFlags): StackOutputs {
  if (flags.outputs !== undefined) return checked(fromFile(flags.outputs));
  const { apim, gateway, is, endpoint, ca, recipientsCa } = flags;
  if ([apim, is, endpoint, ca].every((flag) => flag === undefined)) {
    // Reading them from the stack itself comes with the cluster: here is its place.
    const stack = flags.stack === undefined ? 'a stack' : `the stack ${flags.stack}`;
    throw new InvocationError(
      `Outputs cannot be read from ${stack} yet: give --outputs FILE, or --apim, --is, --endpoint and --ca for servers that you have.`,
    );
  }
  const missing = Object.entries({ apim, is, endpoint, ca }).filter(([, flag]) => flag === undefined);
  if (missing.length > 0) {
    throw new InvocationError(`Missing: ${missing.map(([flag]) => `--${flag}`).join(', ')} (or give --outputs FILE).`);
  }
  const servers = readFileOf('CA certificates', ca ?? '');
  return checked({
    apiManager: { url: apim, gatewayUrl: gateway ?? gatewayOf(apim ?? '') },
    identityServer: { url: is },
    dcrService: { url: endpoint },
    trust: {
      servers,
      recipients: recipientsCa === undefined ? servers : readFileOf("recipients' CA certificates", recipientsCa),
    },
  });
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
