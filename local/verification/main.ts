import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { isEntryPoint, runCommand } from '../../scripts/command.ts';
import { readCredentials } from '../../scripts/credentials.ts';
import { InvocationError } from '../../scripts/engine/errors.ts';
import type { Probe } from './probe.ts';
import { allProbes } from './probes/index.ts';
import { identify } from './product.ts';
import { writeRecording } from './recording.ts';
import { listed, progressLine, summary, table } from './report.ts';
import { runProbes } from './run.ts';
import { verifyingAgent } from './servers.ts';

interface Flags {
  apim?: string;
  is?: string;
  ca?: string;
  record?: string;
  only?: string[];
  json?: true;
  list?: true;
  allowDestructive?: true;
}

export const verifyCommand = new Command('verify:wso2')
  .description("Asks WSO2's own servers whether what this project believes of them is so.")
  .option('--apim <url>', 'API Manager, management port')
  .option('--is <url>', 'Identity Server; without it, only API Manager is asked')
  .option('--ca <file>', 'CA certificates that vouch for the servers (PEM)')
  .option('--record <directory>', 'write what was said, redacted, to <directory>/<generation>/<probe>.json')
  .option('--only <ids...>', 'these probes alone')
  .option('--list', 'list the probes and ask nothing')
  .option('--json', 'one JSON document on stdout')
  .option('--allow-destructive', 'ask also what touches the resident key manager, or key managers that others meet')
  .addHelpText(
    'after',
    `
Credentials of an administrator come from the environment, as for provision: CDR_STACK_APIM_USERNAME and
CDR_STACK_APIM_PASSWORD, CDR_STACK_IS_USERNAME and CDR_STACK_IS_PASSWORD (or ..._FILE).

Examples:
  npm run verify:wso2 -- --list
  npm run verify:wso2 -- --apim https://apim.example:9443 --is https://is.example:9443 --ca ca.pem

Exit codes: 0 every fact holds, 1 one is otherwise than believed, or could not be asked, 2 wrong invocation.`,
  )
  .action(async (flags: Flags) => {
    const probes = chosen(flags.only);
    if (flags.list) {
      process.stdout.write(`${listed(probes)}\n${probes.length} probes.\n`);
      return;
    }
    if (flags.apim === undefined)
      throw new InvocationError('--apim is missing: the URL of API Manager, management port.');
    const { apiManager, connector } = readCredentials(process.env);
    if (flags.is !== undefined && connector === undefined) {
      throw new InvocationError('--is needs CDR_STACK_IS_USERNAME and CDR_STACK_IS_PASSWORD (or ..._FILE).');
    }
    const agent = verifyingAgent(flags.ca === undefined ? undefined : readFileSync(flags.ca, 'utf8'));
    try {
      const { product, generation } = await identify(withoutSlash(flags.apim), agent);
      const servers = {
        apiManager: { url: withoutSlash(flags.apim), account: apiManager },
        identityServer:
          flags.is === undefined || connector === undefined
            ? undefined
            : { url: withoutSlash(flags.is), account: connector },
        generation,
        agent,
      };
      process.stderr.write(`${product}, asked as ${generation}\n`);
      const verdicts = await runProbes(probes, servers, {
        allowDestructive: flags.allowDestructive === true,
        onVerdict: (verdict) => process.stderr.write(`${progressLine(verdict)}\n`),
      });
      if (flags.record !== undefined) {
        const recordedOn = new Date().toISOString().slice(0, 10);
        for (const { id, outcome, exchanges } of verdicts) {
          if (outcome === 'skipped') continue;
          writeRecording(flags.record, { probe: id, generation, product, recordedOn, exchanges });
        }
      }
      const shown = verdicts.map(({ exchanges: _, ...verdict }) => verdict);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ product, generation, verdicts: shown }, null, 2)}\n`
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

const withoutSlash = (url: string) => url.replace(/\/+$/, '');

if (isEntryPoint(import.meta.url)) await runCommand(verifyCommand, process.argv);
