import type { Call } from '@cdr-stack/wso2';
import { Command, InvalidArgumentError } from 'commander';
import { interruption, isEntryPoint, runCommand } from './command.ts';
import { lacksCredentials, readCredentials } from './credentials.ts';
import { ChangesFound, InvocationError, RunFailed } from './engine/errors.ts';
import type { Report } from './engine/events.ts';
import { maskText } from './engine/mask.ts';
import { renderChanges } from './engine/render.ts';
import { reportJsonLines, reportLines } from './engine/report-lines.ts';
import { reportOnTerminal } from './engine/report-terminal.ts';
import { type Summary, tellCost } from './engine/summary.ts';
import { readFileOf } from './input-file.ts';
import type { ClientCertificate } from './mutual-tls.ts';
import { type OutputsFlags, readOutputs } from './outputs-source.ts';
import { type ProvisionOptions, provision } from './provisioning.ts';
import { loadSettings, type Settings } from './settings.ts';
import { stepKinds, stepsFor } from './steps/index.ts';
import { removalSteps } from './steps/removal/index.ts';
import { findWay, type WayFlags } from './way-to-servers.ts';

export { type ProvisionOptions, provision } from './provisioning.ts';

interface Flags extends OutputsFlags, WayFlags {
  settings?: string;
  plan?: true;
  expectNoChanges?: true;
  drift?: true;
  adopt?: true;
  destroy?: true;
  yes?: true;
  wait?: boolean;
  owner?: string;
  json?: true;
  only?: string[];
  timeout?: number;
  verbose?: true;
  probeCert?: string;
  probeKey?: string;
  allowInsecureDefaults?: true;
}

const stderr = (text: string) => process.stderr.write(text);

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number of seconds.');
  return value;
}

export const provisionCommand = new Command('provision')
  .description('Configures API Manager by REST: key manager OBKM, the DCR API with its policy, deployed and published.')
  .option('--plan', 'show what would change, field by field; write nothing')
  .option('--expect-no-changes', 'exit with 7 when there are changes')
  .option(
    '--drift',
    'for cron: a plan that distinguishes changes of the server from changes of the declaration; 7 on any change',
  )
  .option(
    '--adopt',
    'take over objects of a declared name that this environment does not own, after showing the differences',
  )
  .option('--destroy', 'remove the objects that this environment owns, after showing them; with --plan only show them')
  .option('--yes', 'agree to changes that affect others: subscriptions, clients, the resident key manager in use')
  .option('--wait', 'wait for servers that are starting, in a plan as well')
  .option('--no-wait', 'fail at once when servers are not up, or another run is in progress')
  .option(
    '--owner <name>',
    'owner of the objects, as their ownership mark names it (default: the namespace, else "default")',
  )
  .option('--json', 'one JSON document on stdout at the end, JSON lines on stderr meanwhile')
  .option('--only <steps...>', `these steps alone; the steps are ${stepKinds.join(', ')}`)
  .option('--timeout <seconds>', 'for the whole run (default: 600)', seconds)
  .option('--verbose', 'print every call to a server')
  .option('--settings <file>', "settings (YAML); without it the vendor guide's values")
  .option('--outputs <file>', 'outputs of a stack (JSON), instead of --stack')
  .option('--stack <name>', 'Pulumi stack of the servers (default: the selected one)')
  .option('--context <name>', "context of the cluster they are in (default: the stack's kubernetes:context)")
  .option('--direct', 'reach servers in a cluster by their addresses, not through the Kubernetes API')
  .option('--apim <url>', 'API Manager, management port, instead of --stack or --outputs')
  .option('--gateway <url>', "API Manager's gateway (default: from --apim, by the product's own ports)")
  .option('--is <url>', 'Identity Server')
  .option('--endpoint <url>', 'dcr-service, as the gateway reaches it')
  .option('--ca <file>', "CA certificates that issued the servers' certificates (PEM)")
  .option('--recipients-ca <file>', "CA certificates of the recipients (PEM; default: --ca's)")
  .option('--probe-cert <file>', "a recipient's certificate to try the gateway with; CDR_STACK_PROBE_CERT_FILE")
  .option('--probe-key <file>', 'its key; CDR_STACK_PROBE_KEY_FILE')
  .option(
    '--ledger <directory>',
    'lock and hashes of applied secrets (default: in the namespace, or else in your data directory)',
  )
  .option('--allow-insecure-defaults', 'accept passwords that WSO2 ships with')
  .addHelpText(
    'after',
    `
Credentials come from the environment: CDR_STACK_APIM_USERNAME and CDR_STACK_APIM_PASSWORD for API Manager's administrator,
CDR_STACK_IS_USERNAME and CDR_STACK_IS_PASSWORD for the key manager's account at the Identity Server, and, where the
resident key manager needs them, CDR_STACK_RESIDENT_USERNAME and CDR_STACK_RESIDENT_PASSWORD; or ..._FILE for each.
With CDR_STACK_PUBLISHER_PASSWORD, CDR_STACK_SUBSCRIBER_PASSWORD, CDR_STACK_REGISTRATION_PASSWORD and
CDR_STACK_CONNECTOR_PASSWORD (all four or none) provisioning creates service users with the least rights they need; then the
Identity Server's account is that of its administrator. For servers in a cluster the stack's own secrets are the default.

CDR_STACK_PULUMI names the pulumi program if it is not on PATH. The kubeconfig is found as kubectl finds it, by
KUBECONFIG; its current context is never used implicitly.

Examples:
  npm run provision -- --stack dev --plan
  npm run provision -- --stack dev
  npm run provision -- --stack dev --drift --json                      for cron: 7 on any difference
  npm run provision -- --plan --apim https://apim.example:9443 --is https://is.example:9443 --ca ca.pem

Exit codes: 0 done, 1 failed, 2 wrong invocation or configuration, 3 refused by a server (credentials, scope),
4 a server failed, 5 something needs --adopt or --yes, 7 changes where none were expected, 8 interrupted, 9 time-out.`,
  )
  .action(async (flags: Flags) => {
    const settings = loadSettings(flags.settings);
    const options = await optionsFrom(flags, settings);
    const { report, finish } = progress(flags, settings);
    try {
      if (options.mode === 'apply' && (flags.adopt || flags.destroy)) await preview(options, flags);
      const summary = await provision({ ...options, report });
      await finish();
      print(summary, flags);
      if ((flags.expectNoChanges || flags.drift) && summary.changes.length > 0) {
        throw new ChangesFound(`${count(summary)} where none were expected.`);
      }
    } catch (error) {
      await finish();
      if (error instanceof RunFailed && flags.json) {
        const failures = error.failures.map(({ step, error: { message } }) => ({ step, message: maskText(message) }));
        process.stdout.write(`${JSON.stringify({ ...error.summary, failures })}\n`);
      }
      throw error;
    }
  });

async function optionsFrom(flags: Flags, settings: Settings): Promise<ProvisionOptions> {
  const source = await readOutputs(flags);
  const { connect, ledger, credentials, stackTrust, told } = await findWay(source, flags);
  if (told !== undefined) tell(told, flags);
  return {
    outputs: source.outputs,
    settings,
    credentials: readCredentials(process.env, lacksCredentials(process.env) ? await credentials?.() : undefined),
    connect,
    stackTrust,
    mode: isPlan(flags) ? 'plan' : 'apply',
    drift: flags.drift ?? false,
    adopt: flags.adopt ?? false,
    destroy: flags.destroy ?? false,
    yes: flags.yes ?? false,
    wait: flags.wait,
    owner: flags.owner,
    probe: probeCertificate(flags),
    signal: interruption(),
    allowInsecureDefaults: flags.allowInsecureDefaults ?? false,
    ...(flags.only ? { only: flags.only.flatMap((names) => names.split(',')) } : {}),
    ...(flags.timeout === undefined ? {} : { timeoutSeconds: flags.timeout }),
    ...(ledger ? { ledger } : {}),
    ...(flags.verbose ? { trace: flags.json ? traceJson : traceLine } : {}),
  };
}

const isPlan = ({ plan, drift }: Flags) => plan === true || drift === true;

/** What is about to happen, before it does. */
async function preview(options: ProvisionOptions, flags: Flags) {
  const { changes } = await provision({ ...options, mode: 'plan', wait: options.wait ?? true });
  const text = changes.length > 0 ? renderChanges(changes) : 'no changes';
  stderr(flags.json ? `${JSON.stringify({ at: new Date().toISOString(), event: 'planned', changes })}\n` : `${text}\n`);
}

function tell(message: string, { json }: Flags) {
  stderr(json ? `${JSON.stringify({ at: new Date().toISOString(), event: 'connection', message })}\n` : `${message}\n`);
}

function traceLine({ method, path, status, ms }: Call) {
  stderr(`  ${method} ${path} ${status ?? 'no answer'} ${Math.round(ms)} ms\n`);
}

function traceJson(call: Call) {
  stderr(`${JSON.stringify({ at: new Date().toISOString(), event: 'call', ...call })}\n`);
}

function probeCertificate(flags: Flags): ClientCertificate | undefined {
  const certificate = flags.probeCert ?? process.env.CDR_STACK_PROBE_CERT_FILE;
  const key = flags.probeKey ?? process.env.CDR_STACK_PROBE_KEY_FILE;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new InvocationError('--probe-cert and --probe-key go together.');
  return { certificate: readFileOf("probe's certificate", certificate), key: readFileOf("probe's key", key) };
}

/** A live list where a person watches, lines where a log does. */
function progress(flags: Flags, settings: Settings): { report: Report; finish(): Promise<void> } {
  if (flags.json) return { report: reportJsonLines(stderr), finish: async () => {} };
  if (process.stderr.isTTY && process.stdout.isTTY && !flags.verbose && !flags.only) {
    const steps = flags.destroy ? removalSteps : stepsFor(settings);
    return reportOnTerminal(steps.filter(({ watches }) => !(isPlan(flags) && watches === 'when applying')));
  }
  return { report: reportLines(stderr), finish: async () => {} };
}

const count = ({ changes }: Summary) => `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`;

function print(summary: Summary, flags: Flags) {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  const { changes } = summary;
  process.stdout.write(changes.length > 0 ? `${renderChanges(changes)}\n` : 'no changes\n');
  for (const name of summary.left ?? []) stderr(`left in place, because this environment does not own it: ${name}\n`);
  const done = isPlan(flags) ? 'to make; nothing was written' : 'made';
  stderr(`${count(summary)} ${done}: ${tellCost(summary)}\n`);
}

if (isEntryPoint(import.meta.url)) await runCommand(provisionCommand, process.argv);
