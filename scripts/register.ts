import { text as readAll } from 'node:stream/consumers';
import axios from 'axios';
import { Command } from 'commander';
import { isEntryPoint, runCommand } from './command.ts';
import { InvocationError, StepError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import { findGateway, type RecipientGateway, type RegisterFlags } from './recipient-gateway.ts';
import { registerSoftwareProduct } from './registration.ts';
import { requestFromTestRecipient } from './sample-recipient.ts';

export { registerSoftwareProduct } from './registration.ts';

interface Flags extends RegisterFlags {
  request?: string;
  path: string;
}

export const registerCommand = new Command('register')
  .description('Registers a software product with a request that its owner signed. Prints the registration.')
  .option('--request <source>', 'the signed request (JWT): a file, a URL, or - for standard input')
  .option('--cert <file>', "the recipient's TLS certificate with its issuing CA (PEM)")
  .option('--key <file>', 'its key (PEM)')
  .option('--stack <name>', 'Pulumi stack whose gateway to call (default: the selected one)')
  .option('--outputs <file>', 'outputs of a stack (JSON), instead of --stack')
  .option('--context <name>', "context of the cluster it is in (default: the stack's kubernetes:context)")
  .option('--direct', 'reach a gateway in a cluster by its address, not through the Kubernetes API')
  .option('--gateway <url>', "the gateway's address, such as https://gateway.example:8243, instead of a stack")
  .option('--ca <file>', "CA certificates that issued that gateway's certificate (PEM)")
  .option('--path <path>', "the API's context with its version", '/open-banking/0.2')
  .addHelpText(
    'after',
    `
The request is a JWT that the recipient signed, with the Register's software statement in it. The TLS certificate identifies the
caller, so use the certificate of the same recipient.

A throw-away stack, such as the quick start's, has a test recipient: without --request it signs a fresh one, and without
--cert and --key the command uses the test recipient's. It has one software product, which the quick start has registered already.

Examples:
  npm run register -- --stack local
  npm run register -- --stack dev --context dev --request request.jwt --cert recipient.pem --key recipient.key
  npm run register -- --gateway https://gateway.example:8243 --ca ca.pem --request - --cert recipient.pem --key recipient.key < request.jwt

Exit codes: 0 registered, 1 the registration was refused (the answer is printed), 2 wrong invocation or configuration,
3 the gateway refused the certificate, 4 it could not be reached or is not trusted.`,
  )
  .allowExcessArguments(false)
  .action(async (flags: Flags) => {
    const gateway = await findGateway(flags);
    if (gateway.told !== undefined) process.stderr.write(`${gateway.told}\n`);
    const { path } = flags;
    const request = await requestFor(flags.request, gateway);
    const { status, body } = await registerSoftwareProduct({ ...gateway, path, request });
    process.stdout.write(`${JSON.stringify(withoutSecrets(body), null, 2)}\n`);
    if (status !== 201) throw new StepError(`The registration was refused (${status}).`);
    process.stderr.write('registered (201)\n');
  });

async function requestFor(source: string | undefined, gateway: RecipientGateway): Promise<string> {
  if (source === '-') return readAll(process.stdin);
  if (source !== undefined)
    return /^https?:\/\//.test(source) ? fetched(source) : readFileOf('registration request', source);
  if (gateway.recipient === undefined)
    throw new InvocationError(
      'There is no request: give the one that the recipient signed by --request (a file, a URL, or -). Only a throw-away stack has a test recipient that signs one.',
    );
  return requestFromTestRecipient(gateway.recipient, { ca: gateway.ca, connect: gateway.connect });
}

async function fetched(source: string): Promise<string> {
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
