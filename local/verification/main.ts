import { readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import { Command } from 'commander';
import { isEntryPoint, runCommand } from '../../scripts/command.ts';
import { readPair, readVariable } from '../../scripts/credentials.ts';
import { InvocationError } from '../../scripts/engine/errors.ts';
import type { Probe } from './probe.ts';
import { allProbes } from './probes/index.ts';
import { identifyApiManager } from './product.ts';
import { writeRecording } from './recording.ts';
import { listed, progressLine, summary, table } from './report.ts';
import { runProbes } from './run.ts';
import { type Account, type AskedServer, verifyingAgent } from './servers.ts';

interface Flags {
  apim?: string;
  apimVersion?: string;
  is?: string;
  isVersion?: string;
  ca?: string;
  record?: string;
  only?: string[];
  json?: true;
  list?: true;
  allowDestructive?: true;
}

export const verifyCommand = new Command('verify:wso2')
  .description("Checks whether WSO2's own servers behave as this project assumes.")
  .option('--apim <url>', 'API Manager, management port; without it, only Identity Server is checked')
  .option('--apim-version <version>', 'its version, if it reports another one, such as 4.7-prerelease')
  .option('--is <url>', 'Identity Server; without it, only API Manager is checked')
  .option('--is-version <version>', 'its version, such as 7.1.0: the server does not report it')
  .option('--ca <file>', "CA certificates that issued the servers' certificates (PEM)")
  .option('--record <directory>', 'write the exchanges, redacted, to <directory>/<product>-<version>/<probe>.json')
  .option('--only <ids...>', 'only these probes')
  .option('--list', 'list the probes and call no server')
  .option('--json', 'one JSON document on stdout')
  .option(
    '--allow-destructive',
    'include probes that change the resident key manager, or key managers that affect others',
  )
  .addHelpText(
    'after',
    `
Credentials of an administrator come from the environment, as for provision: CDR_STACK_APIM_USERNAME and
CDR_STACK_APIM_PASSWORD, CDR_STACK_IS_USERNAME and CDR_STACK_IS_PASSWORD (or ..._FILE).

Examples:
  npm run verify:wso2 -- --list
  npm run verify:wso2 -- --apim https://apim.example:9443 --is https://is.example:9443 --is-version 7.1.0 --ca ca.pem

Exit codes: 0 every fact holds, 1 a fact does not hold, or could not be checked, 2 wrong invocation.`,
  )
  .action(async (flags: Flags) => {
    const probes = chosen(flags.only);
    if (flags.list) {
      process.stdout.write(`${listed(probes)}\n${probes.length} probes.\n`);
      return;
    }
    if (flags.apim === undefined && flags.is === undefined) {
      throw new InvocationError('--apim or --is is missing: the URL of a server, management port.');
    }
    const agent = verifyingAgent(flags.ca === undefined ? undefined : readFileSync(flags.ca, 'utf8'));
    try {
      const [apiManager, identityServer] = [await apiManagerOf(flags, agent), identityServerOf(flags)];
      const servers = { apiManager: apiManager?.server, identityServer: identityServer?.server, agent };
      const asked = { 'api-manager': apiManager, 'identity-server': identityServer };
      const words = Object.values(asked).flatMap((one) => (one === undefined ? [] : [wordsOf(one)]));
      process.stderr.write(`${words.join(' with ')}\n`);
      const verdicts = await runProbes(probes, servers, {
        allowDestructive: flags.allowDestructive === true,
        onVerdict: (verdict) => process.stderr.write(`${progressLine(verdict)}\n`),
      });
      if (flags.record !== undefined) {
        const recordedOn = new Date().toISOString().slice(0, 10);
        for (const { id, product, found, exchanges } of verdicts) {
          const of = asked[product];
          if (found === undefined || of === undefined) continue;
          const recording = { probe: id, product: of.calledItself, recordedOn, found, exchanges };
          writeRecording(flags.record, product, of.server.version, recording);
        }
      }
      const shown = verdicts.map(({ exchanges: _, ...verdict }) => verdict);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ servers: words, verdicts: shown }, null, 2)}\n`
          : `${table(verdicts)}\n\n${summary(verdicts)}\n`,
      );
      if (verdicts.some(({ outcome }) => outcome === 'differs' || outcome === 'failed')) process.exitCode = 1;
    } finally {
      agent.destroy();
    }
  });

function chosen(ids: readonly string[] | undefined): readonly Probe[] {
  if (ids === undefined) return allProbes;
  const unknown = ids.filter((id) => !allProbes.some((probe) => probe.id === id));
  if (unknown.length > 0) {
    throw new InvocationError(`--only: no probe is called ${unknown.join(', ')}; --list names them all.`);
  }
  return allProbes.filter(({ id }) => ids.includes(id));
}

interface Identified {
  server: AskedServer;
  /** The server's own words on its version. */
  calledItself: string;
}

async function apiManagerOf(flags: Flags, agent: Agent): Promise<Identified | undefined> {
  if (flags.apim === undefined) return undefined;
  const account = accountOf('CDR_STACK_APIM', '--apim');
  const url = withoutSlash(flags.apim);
  const servicePath = readVariable(process.env, 'CDR_STACK_APIM_SERVICE_PATH');
  const { calledItself, version } = await identifyApiManager(url, agent, { servicePath, account });
  return { calledItself, server: { url, account, servicePath, version: flags.apimVersion ?? version } };
}

function identityServerOf(flags: Flags): Identified | undefined {
  if (flags.is === undefined) return undefined;
  const account = accountOf('CDR_STACK_IS', '--is');
  const version = flags.isVersion;
  if (version === undefined)
    throw new InvocationError('--is needs --is-version: Identity Server does not report its version.');
  return { calledItself: `WSO2 Identity Server ${version}`, server: { url: withoutSlash(flags.is), account, version } };
}

function accountOf(prefix: string, flag: string): Account {
  const account = readPair(process.env, prefix);
  if (account !== undefined) return account;
  throw new InvocationError(`${flag} needs ${prefix}_USERNAME and ${prefix}_PASSWORD (or ..._FILE).`);
}

const wordsOf = ({ calledItself, server }: Identified): string =>
  calledItself.endsWith(server.version) ? calledItself : `${calledItself}, asked as ${server.version}`;

const withoutSlash = (url: string) => url.replace(/\/+$/, '');

if (isEntryPoint(import.meta.url)) await runCommand(verifyCommand, process.argv);
