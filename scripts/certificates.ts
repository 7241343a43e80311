import { Command, InvalidArgumentError } from 'commander';
import { converge, type Line } from './certificates/converge.ts';
import { openStackSettings } from './certificates/stack-settings.ts';
import { isEntryPoint, runCommand } from './command.ts';
import { ChangesFound } from './engine/errors.ts';

interface Flags {
  stack?: string;
  plan?: true;
  expectNoChanges?: true;
  authorityOnly?: true;
  renewBefore: number;
  days: number;
  json?: true;
}

const command = new Command('certificates')
  .description("Issues the keys and certificates that a stack's settings lack, with the stack's own issuing CA.")
  .option('--stack <name>', 'the Pulumi stack; default: the selected one')
  .option('--plan', 'say what would be issued, and why; nothing is written')
  .option('--expect-no-changes', 'with --plan: end with 7 when something would be issued')
  .option('--authority-only', 'create and declare the CA, but issue nothing yet')
  .option('--renew-before <days>', 'renew certificates that expire within so many days', days, 30)
  .option('--days <days>', 'validity of a TLS certificate', days, 397)
  .option('--json', 'one JSON document on stdout; messages go to stderr')
  .addHelpText(
    'after',
    `
For a stack whose cluster has no cert-manager (with it: docs/certificates.md). It creates whatever is missing of:
  an issuing CA, once: its key is kept encrypted among the stack's settings, its certificate is declared in trust/servers
  keystores of API Manager and Identity Server, certificate and key of dcr-service and of a PostgreSQL that the stack runs
  the keys that the servers sign tokens with, which are never replaced

It leaves certificates of other CAs alone, even expired ones, and API Manager's keystore if recipients are to see a certificate
of the CDR's CA (setting gatewayCertificateIssuer). A second run changes nothing. It deploys nothing: run pulumi up for that.
It passes values to Pulumi on standard input, and needs the same access as Pulumi to decrypt the stack's settings.

Examples:
  npm run certificates -- --stack dev --plan
  npm run certificates -- --stack dev && pulumi up --stack dev
  npm run certificates -- --stack dev --plan --expect-no-changes      for cron: 7 when something is due

Exit codes: 0 done, 1 failed, 2 wrong invocation or configuration, 4 Pulumi failed, 7 changes where none were expected.`,
  )
  .showHelpAfterError('(see --help)')
  .action(async (flags: Flags) => {
    const settings = await openStackSettings({ stack: flags.stack });
    const lines = await converge(settings, {
      renewBefore: flags.renewBefore,
      days: flags.days,
      plan: flags.plan === true,
      authorityOnly: flags.authorityOnly === true,
    });
    const changes = lines.filter(({ action }) => action === 'issue').length;
    const next = changes === 0 || flags.plan ? undefined : `pulumi up --stack ${settings.stack}`;
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ stack: settings.stack, plan: flags.plan === true, changes, certificates: lines, next })}\n`
        : rendered(lines, changes, next),
    );
    if (flags.expectNoChanges && changes > 0) throw new ChangesFound(`${changes} to issue, where none were expected.`);
  });

export const certificatesCommand = command;

function rendered(lines: readonly Line[], changes: number, next: string | undefined): string {
  const signs = { keep: '=', issue: '+', leave: ' ' } as const;
  const text = lines.map(({ what, action, reason, until }) => {
    const about = [reason, until && `until ${until}`].filter((part) => part !== undefined).join('; ');
    return `${signs[action]} ${what}: ${action === 'leave' ? `left alone: ${about}` : about}\n`;
  });
  const total = changes === 0 ? 'nothing to issue\n' : `${changes} issued\n`;
  return `${text.join('')}${next === undefined && changes > 0 ? `${changes} to issue\n` : total}${next ? `next: ${next}\n` : ''}`;
}

function days(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('give a number of days, 1 to 9999.');
  return Number(text);
}

if (isEntryPoint(import.meta.url)) await runCommand(certificatesCommand, process.argv);
