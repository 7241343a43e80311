import { userInfo } from 'node:os';
import { Wso2Error } from '@cdr-stack/wso2';
import { Command } from 'commander';
import type { z } from 'zod';
import { isEntryPoint, runCommand } from './command.ts';
import { ConsentNeeded, InvocationError, StepError } from './engine/errors.ts';
import type { Finished } from './kubernetes/exec.ts';
import { readOutputs } from './outputs-source.ts';
import { runHere } from './registrations/operator-process.ts';
import { answers, rendered } from './registrations/render.ts';

interface Flags {
  stack?: string;
  outputs?: string;
  context?: string;
  direct?: true;
  json?: true;
}

type Name = keyof typeof answers;
type Answer<N extends Name> = z.infer<(typeof answers)[N]>;

const command = new Command('registrations')
  .description('Looks at the registrations of dcr-service, and puts right what only an operator can.')
  .option('--stack <name>', 'the Pulumi stack; default: the selected one')
  .option('--outputs <file>', "the stack's outputs as a file, instead of the stack")
  .option('--context <name>', "the cluster, by a context of the kubeconfig; default: the stack's")
  .option(
    '--direct',
    'the service runs on this machine: with the DCR_* variables set here, or those of the quick start',
  )
  .option('--json', 'one JSON document on stdout; talk goes to stderr')
  .addHelpText(
    'after',
    `
It runs where the service and its database are: in the service's pod through the Kubernetes API (you need "create" on
pods/exec there, and nothing else), or with --direct on this machine. Nothing else listens, and no other secret is needed.

Which one do I want?
  a recipient has lost its client_id          find <name>, then show <software_id>
  it is to register afresh                    delete <software_id> --plan, then --reason "..." --yes
  a change does not get on (/metrics)         reconcile; its answer and log say what is in the way
  a server has lost its clients               restore --plan, then restore
  clients were made by an older version       align --plan, then align
  did the Register remove somebody?           statuses

Examples:
  npm run registrations -- list
  npm run registrations -- find budget
  npm run registrations -- delete 740C368F-ECF9-4D29-A2EA-0514A66B0CDE --reason "ticket 4711" --yes
  npm run registrations -- --direct --json show 740C368F-ECF9-4D29-A2EA-0514A66B0CDE

Exit codes: 0 done, 1 failed (as: there is no such registration), 2 wrong invocation, 3 refused by the cluster, 4 a
server, the database or the cluster is away, 5 --yes is missing.`,
  )
  .showHelpAfterError('(see --help)');

command
  .command('list')
  .description("registrations by client_id, a page at a time, with the Register's last status of each")
  .option('--after <client_id>', 'the page that begins after this one')
  .option('--limit <n>', 'how many, up to 1000', '100')
  .action(async ({ after, limit }: { after?: string; limit: string }) =>
    tell('list', ['--limit', limit, ...(after === undefined ? [] : ['--after', after])]),
  );
command
  .command('find <term>')
  .description('registrations whose client_id, software_id or name contains the term')
  .action((term: string) => tell('find', [term]));
command
  .command('show <id>')
  .description('what is registered, by client_id or software_id; without JWTs')
  .action((id: string) => tell('show', [id]));
command
  .command('delete <id>')
  .description('removes registration, client and application, by client_id or software_id')
  .option('--plan', 'say what would be removed, and remove nothing')
  .option('--reason <text>', 'why; recorded in the audit line together with your identity')
  .option('--yes', 'confirm the removal')
  .action(async (id: string, { plan, reason, yes }: { plan?: true; reason?: string; yes?: true }) => {
    if (!plan && reason === undefined)
      throw new InvocationError(
        '--reason is missing: give the reason for the audit (or --plan, to see what would be removed).',
      );
    if (plan || !yes) await tell('plan', [id]);
    if (plan) return;
    if (!yes) throw new ConsentNeeded('Nothing was removed: give --yes as well to confirm.');
    await tell('delete', [id, '--reason', reason ?? '']);
  });
command
  .command('reconcile')
  .description('settles interrupted changes now, instead of at the next round of the service')
  .action(() => tell('reconcile', []));
const repairs = [
  {
    name: 'restore',
    does: 'makes again, under the same client_ids, what the servers have lost: after an upgrade, or a lost database',
    plans: 'say what the servers lack, and make nothing',
    failed: 'Not every registration could be restored; fix the cause and run it again.',
  },
  {
    name: 'align',
    does: 'writes scopes, members and redirect URIs of the clients at Identity Server as their registrations have them',
    plans: 'say which clients differ and how, and change nothing',
    failed: 'Not every client could be brought into line; fix the cause and run it again.',
  },
] as const;
for (const { name, does, plans, failed } of repairs)
  command
    .command(name)
    .description(does)
    .option('--plan', plans)
    .action(async ({ plan }: { plan?: true }) => {
      if (plan) return tell(`plan-${name}`, []);
      if ((await told(name, [])).failed.length > 0) throw new StepError(failed);
    });
command
  .command('statuses')
  .description('what the Register said last, and when')
  .action(() => tell('statuses', []));

export const registrationsCommand = command;

/** Asks, and prints the answer. */
async function tell(name: Name, args: readonly string[]): Promise<void> {
  await told(name, args);
}

/** The same, for who acts on the answer. */
async function told<N extends Name>(name: N, args: readonly string[]): Promise<Answer<N>> {
  const answer = answers[name].parse(await ask(name, args)) as Answer<N>;
  const { json } = command.opts<Flags>();
  const text = json ? JSON.stringify(answer) : (rendered[name] as (value: unknown) => string)(answer);
  process.stdout.write(`${text}\n`);
  return answer;
}

async function ask(name: Name, args: readonly string[]): Promise<unknown> {
  const flags = command.opts<Flags>();
  const { username } = userInfo();
  if (flags.direct) return answerIn(await runHere(argumentsOf(name, args, username)));
  // Kubernetes' client takes longer to load than everything else.
  const { operatorInPod } = await import('./registrations/operator-in-pod.ts');
  const pod = operatorInPod(await readOutputs(flags), flags.context);
  if (!flags.json) process.stderr.write(`${pod.told}\n`);
  return answerIn(await pod.run(argumentsOf(name, args, `${username}, as ${pod.user} in Kubernetes`)));
}

const argumentsOf = (name: Name, args: readonly string[], by: string) =>
  name === 'delete' || name === 'restore' || name === 'align' ? [name, ...args, '--by', by] : [name, ...args];

/** The operator's part answers with one JSON document, also when it fails. */
function answerIn({ exitCode, stdout, stderr }: Finished): unknown {
  process.stderr.write(stderr);
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    throw new StepError(
      `The command in the service did not answer (exit code ${exitCode}): is the service of this version?`,
    );
  }
  if (exitCode === 0) return answer;
  const message =
    typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : 'no reason';
  if (exitCode === 2) throw new InvocationError(message);
  throw new StepError(message, exitCode === 4 ? { cause: new Wso2Error('unreachable', message) } : {});
}

if (isEntryPoint(import.meta.url)) await runCommand(registrationsCommand, process.argv);
