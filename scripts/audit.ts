import { Command, InvalidArgumentError } from 'commander';
import type { Server } from '../programs/deployment-toml/required-settings.ts';
import { type Address, addressOf, gatewayBeside } from './audit/addresses.ts';
import type { AuditedServer } from './audit/finding.ts';
import { counted, rendered, sorted } from './audit/report.ts';
import { type Audit, audit } from './audit/run.ts';
import { isEntryPoint, runCommand } from './command.ts';
import { ChangesFound, InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';

interface Flags {
  apim?: string;
  is?: string;
  gateway?: string | false;
  api?: string;
  ca?: string;
  apimConfig?: string;
  isConfig?: string;
  apimVersion?: string;
  isVersion?: string;
  json?: true;
}

export const auditCommand = new Command('audit')
  .description(
    'Checks WSO2 servers, as an anonymous caller, for insecure shipped defaults, and their deployment.toml; writes nothing.',
  )
  .option('--apim <url>', 'API Manager, management port, such as https://apim.example:9443')
  .option('--is <url>', 'Identity Server, such as https://is.example:9443')
  .option('--gateway <url>', "API Manager's gateway (default: from --apim, by the product's own ports)")
  .option('--no-gateway', 'leave the gateway out')
  .option(
    '--api <path>',
    'path of an API at the gateway, whose headers and CORS to check, such as /cdr-register/v1',
    path,
  )
  .option(
    '--ca <file>',
    "CA certificates that issued the servers' certificates (PEM); without it certificates are read, not verified",
  )
  .option('--apim-config <file>', "API Manager's deployment.toml: checks each row of the hardening baseline in it")
  .option('--is-config <file>', "Identity Server's deployment.toml")
  .option(
    '--apim-version <version>',
    'such as 4.6.0 (default: the version that API Manager reports, else the newest)',
    version,
  )
  .option('--is-version <version>', 'such as 7.1.0 (default: the newest)', version)
  .option('--json', 'one JSON document on stdout; messages go to stderr')
  .addHelpText(
    'after',
    `
The outside half needs no account. It requests pages and APIs without credentials and without a client certificate, tries the
word that WSO2 publishes for the servers' own pages (it is not the password of any account), makes TLS handshakes, and reads
discovery, headers and the certificate. The inside half reads the files that you name, on this machine, and calls no server.

It sends GET, HEAD and OPTIONS only, four at a time, tries no password, and follows no redirect. It calls only the hosts that you
name, but also other ports of them: if the named port is the product's own (9443, gateway 8243, each plus an offset), it checks
the ports that the product opens beside it, such as 9763 and 8280. Behind an edge at 443 it cannot know these ports.

Each question ends as open, shut or cannot tell, with a severity and, if it is open, a cure. A door that is shut from this machine
may be open from elsewhere: run the audit where your recipients are, and inside your network.

Examples:
  npm run audit -- --apim https://apim.example:9443 --is https://is.example:9443
  npm run audit -- --is https://is.example:9443 --is-version 7.1.0 --is-config deployment.toml --json
  npm run audit -- --apim-config deployment.toml --apim-version 4.6.0          calls no server

Exit codes: 0 nothing is open, 1 failed, 2 wrong invocation, 4 a named server could not be reached or is not trusted,
7 something is open.`,
  )
  .showHelpAfterError('(see --help)')
  .action(async (flags: Flags) => {
    const addresses = addressesOf(flags);
    const configurations = {
      ...(flags.apimConfig && { 'api-manager': readFileOf("API Manager's configuration", flags.apimConfig) }),
      ...(flags.isConfig && { 'identity-server': readFileOf("Identity Server's configuration", flags.isConfig) }),
    };
    if (addresses.length === 0 && Object.keys(configurations).length === 0)
      throw new InvocationError(
        'Name a server by --apim, --is or --gateway, or a file by --apim-config or --is-config.',
      );
    const versions: Partial<Record<Server, string>> = {
      ...(flags.apimVersion && { 'api-manager': flags.apimVersion }),
      ...(flags.isVersion && { 'identity-server': flags.isVersion }),
    };
    const ca = flags.ca === undefined ? undefined : readFileOf('CA certificates', flags.ca);
    if (ca === undefined && addresses.length > 0)
      process.stderr.write('Certificates are read and not verified: name the CA by --ca.\n');
    const result = await audit({ addresses, configurations, versions, ca, api: flags.api });
    process.stdout.write(flags.json ? `${JSON.stringify(documentOf(result))}\n` : rendered(result));
    const { open } = counted(result.findings);
    if (open > 0) throw new ChangesFound(`${open} ${open === 1 ? 'is' : 'are'} open.`);
  });

function addressesOf({ apim, is, gateway }: Flags): Address[] {
  const named = (server: AuditedServer, url: string | false | undefined) => (url ? [addressOf(server, url)] : []);
  const apiManagers = named('api-manager', apim);
  const beside = gateway === undefined && apiManagers[0] ? gatewayBeside(apiManagers[0]) : undefined;
  return [...apiManagers, ...named('gateway', gateway), ...(beside ? [beside] : []), ...named('identity-server', is)];
}

const documentOf = ({ findings, addresses, versions, versionsBy }: Audit) => ({
  servers: addresses.map(({ server, url }) => ({ server, url })),
  versions,
  versionsBy,
  ...counted(findings),
  findings: sorted(findings),
});

function path(text: string): string {
  if (!/^\/[\w./-]*$/.test(text)) throw new InvalidArgumentError('give a path, such as /cdr-register/v1.');
  return text;
}

function version(text: string): string {
  if (!/^\d+\.\d+\.\d+$/.test(text)) throw new InvalidArgumentError('give a version, such as 4.6.0.');
  return text;
}

if (isEntryPoint(import.meta.url)) await runCommand(auditCommand, process.argv);
