import { readFileSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import { interruption, isEntryPoint, runCommand } from './command.ts';
import { readPair, readVariable } from './credentials.ts';
import { InvocationError } from './engine/errors.ts';
import { type OutputsFlags, readOutputs } from './outputs-source.ts';
import { type AdministratorsOptions, rotateAdministrators } from './rotation/administrators.ts';
import type { RotationStep } from './rotation/rotate-password.ts';
import { loadSettings } from './settings.ts';
import { findWay, type WayFlags } from './way-to-servers.ts';

interface Flags extends OutputsFlags, WayFlags {
  server: 'api-manager' | 'identity-server' | 'both';
  stdin?: true;
  plan?: true;
  json?: true;
  settings?: string;
  timeout: string;
}

const stderr = (text: string) => process.stderr.write(text);

/** What is going on, for the person who watches. */
const doing: Record<RotationStep, string> = {
  note: 'noting a new password in the settings, as pending',
  'user-store': 'changing it in the user store',
  'key-manager': 'changing it in the key manager',
  configuration: 'changing it in the settings',
  restart: 'restarting the pods that read it (pulumi up)',
  proof: 'trying the new password, and the old one',
};

export const rotateCommand = new Command('rotate')
  .description('Rotates credentials of running servers without a lock-out.')
  .addArgument(
    new Argument('<what>', 'admin-password: in the user store, then in the settings, then in the pods').choices([
      'admin-password',
    ]),
  )
  .addOption(
    new Option('--server <which>', 'whose administrator')
      .choices(['api-manager', 'identity-server', 'both'])
      .default('both'),
  )
  .option('--stdin', 'the new password is on standard input')
  .option('--plan', 'show what would be done, and do nothing')
  .option('--json', 'one JSON document on stdout at the end, JSON lines on stderr meanwhile')
  .option('--stack <name>', 'Pulumi stack of the servers (default: the selected one)')
  .option('--settings <file>', "provisioning's settings, if those of the key manager differ from the vendor's")
  .option('--outputs <file>', 'outputs of a stack (JSON), instead of --stack')
  .option('--apim <url>', 'API Manager, management port, instead of --stack or --outputs')
  .option('--is <url>', 'Identity Server')
  .option('--ca <file>', "CA certificates that issued the servers' certificates (PEM)")
  .option('--context <name>', "context of the cluster they are in (default: the stack's kubernetes:context)")
  .option('--direct', 'reach servers in a cluster by their addresses, not through the Kubernetes API')
  .option('--ledger <directory>', 'lock (default: in the namespace, or else in your data directory)')
  .option('--timeout <seconds>', 'for the whole run', '1200')
  .addHelpText(
    'after',
    `
The new password is generated, or taken from CDR_STACK_NEW_PASSWORD, the file that CDR_STACK_NEW_PASSWORD_FILE names, or standard
input; never from the command line. The present password of a stack is in its encrypted settings; if it is lost there, set
CDR_STACK_APIM_PASSWORD and CDR_STACK_IS_PASSWORD (or ..._FILE).

During the rotation the new password is in the stack's settings, encrypted, as cdr-stack-rotation:apiManagerPassword or
identityServerPassword. After an interruption, run the same command again to continue.

For servers that Pulumi did not deploy (--outputs, --apim) only the user store is changed: give the new password, and set the
present account in CDR_STACK_APIM_USERNAME and CDR_STACK_APIM_PASSWORD, CDR_STACK_IS_USERNAME and CDR_STACK_IS_PASSWORD.

Examples:
  npm run rotate -- admin-password --stack dev --plan
  npm run rotate -- admin-password --stack dev
  npm run rotate -- admin-password --stack dev --server api-manager --stdin < new-password

Exit codes: 0 done, 1 failed, 2 wrong invocation, 3 the server accepts none of the known passwords, 4 a server or Pulumi
failed, 8 interrupted, 9 time-out.`,
  )
  .action(async (_what: string, flags: Flags) => {
    const outcome = await rotateAdministrators(await optionsFrom(flags));
    if (flags.json) {
      process.stdout.write(`${JSON.stringify(outcome)}\n`);
      return;
    }
    for (const { server, username, resumed, steps } of outcome.servers) {
      const begun = resumed ? ', begun by an earlier run' : '';
      process.stdout.write(`${server}, ${username}${begun}: ${steps.join(', ')}\n`);
    }
    if (flags.plan) stderr('nothing was changed\n');
    else for (const next of outcome.next) stderr(`next: ${next}\n`);
  });

async function optionsFrom(flags: Flags): Promise<AdministratorsOptions> {
  const timeoutSeconds = Number(flags.timeout);
  if (!(timeoutSeconds > 0)) throw new InvocationError('--timeout must be a number of seconds.');
  const settings = loadSettings(flags.settings);
  const supplied = suppliedPassword(flags);
  const source = await readOutputs(flags);
  const { connect, ledger, told, credentials } = await findWay(source, flags);
  const say = (event: Record<string, string>, line: string) =>
    stderr(flags.json ? `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n` : `${line}\n`);
  if (told !== undefined) say({ event: 'connection', message: told }, told);
  return {
    outputs: source.outputs,
    stack: source.stack && { choice: { stack: flags.stack }, administrator: source.stack.administrator },
    servers: (['API Manager', 'Identity Server'] as const).filter(
      (server) => flags.server === 'both' || server.toLowerCase().replace(' ', '-') === flags.server,
    ),
    accounts: {
      'API Manager': readPair(process.env, 'CDR_STACK_APIM'),
      'Identity Server': readPair(process.env, 'CDR_STACK_IS'),
    },
    servicePath:
      readVariable(process.env, 'CDR_STACK_APIM_SERVICE_PATH') ?? (await credentials?.())?.apiManager.servicePath,
    supplied,
    settings,
    connect,
    ledger,
    mode: flags.plan ? 'plan' : 'apply',
    timeoutSeconds,
    signal: interruption(),
    tell: (server, step) => say({ event: 'rotation', server, step }, `${server}: ${doing[step]}`),
    waiting: (condition) => say({ event: 'waiting', for: condition }, `waiting for ${condition}`),
  };
}

function suppliedPassword({ stdin, server }: Flags): string | undefined {
  const fromVariable = readVariable(process.env, 'CDR_STACK_NEW_PASSWORD');
  if (stdin && fromVariable !== undefined) {
    throw new InvocationError('--stdin and CDR_STACK_NEW_PASSWORD (or ..._FILE) are both given: use only one.');
  }
  const supplied = stdin ? readFileSync(0, 'utf8').replace(/\r?\n$/, '') : fromVariable;
  if (supplied !== undefined && server === 'both') {
    throw new InvocationError(
      'One new password for two servers: name the server with --server, or let the command generate passwords.',
    );
  }
  return supplied;
}

if (isEntryPoint(import.meta.url)) await runCommand(rotateCommand, process.argv);
