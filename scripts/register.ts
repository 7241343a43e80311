import { text as readAll } from 'node:stream/consumers';
import axios from 'axios';
import { Command } from 'commander';
import { isEntryPoint, runCommand } from './command.ts';
import { InvocationError, StepError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import { registerSoftwareProduct } from './registration.ts';

export { registerSoftwareProduct } from './registration.ts';

interface Flags {
  request: string;
  cert: string;
  key: string;
  ca: string;
  gateway: string;
  path: string;
}

export const registerCommand = new Command('register')
  .description('Registers a software product with a request that its owner signed. Prints the registration.')
  .requiredOption('--request <source>', 'the signed request (JWT): a file, a URL, or - for standard input')
  .requiredOption('--cert <file>', "the recipient's TLS certificate with its issuing CA (PEM)")
  .requiredOption('--key <file>', 'its key (PEM)')
  .requiredOption('--gateway <url>', "the gateway's address, such as https://gateway.example:8243")
  .requiredOption('--ca <file>', 'CA certificates that vouch for the gateway (PEM)')
  .option('--path <path>', "the API's context with its version", '/open-banking/0.2')
  .action(async (flags: Flags) => {
    const { status, body } = await registerSoftwareProduct({
      gatewayUrl: flags.gateway.replace(/\/+$/, ''),
      path: flags.path,
      request: await readRequest(flags.request),
      client: { certificate: readFileOf('certificate', flags.cert), key: readFileOf('key', flags.key) },
      ca: readFileOf('CA certificates', flags.ca),
    });
    process.stdout.write(`${JSON.stringify(withoutSecrets(body), null, 2)}\n`);
    if (status !== 201) throw new StepError(`The registration was refused (${status}).`);
    process.stderr.write('registered (201)\n');
  });

async function readRequest(source: string): Promise<string> {
  if (source === '-') return readAll(process.stdin);
  if (!/^https?:\/\//.test(source)) return readFileOf('registration request', source);
  const { data } = await axios.get<string>(source, { responseType: 'text', timeout: 30_000 }).catch((error: Error) => {
    throw new InvocationError(`Cannot fetch the registration request from ${source}: ${error.message}.`);
  });
  return data;
}

/** Clients of this API authenticate by key and certificate; should an answer hold a secret all the same, it stays here. */
function withoutSecrets(body: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(body);
  return Object.fromEntries(entries.filter(([name]) => !/secret|access_token/i.test(name)));
}

if (isEntryPoint(import.meta.url)) await runCommand(registerCommand, process.argv);
