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
  .description("Issues the keys and certificates that a stack's settings lack, by an issuing CA of the stack's own.")
  .option('--stack <name>', 'the Pulumi stack; default: the selected one')
  .option('--plan', 'say what would be issued, and why; nothing is written')
  .option('--expect-no-changes', 'with --plan: end with 7 when something would be issued')
  .option('--authority-only', 'make and declare the CA, and issue nothing by it yet')
  .option('--renew-before <days>', 'renew what ends within so many days', days, 30)
  .option('--days <days>', 'how long a certificate of TLS is good for', days, 397)
  .option('--json', 'one JSON document on stdout; talk goes to stderr')
  .addHelpText(
    'after',
    `
For a stack whose cluster has no cert-manager (with it: docs/certificates.md). It makes, as far as they are missing:
  an issuing CA, once: its key is kept encrypted among the stack's settings, its certificate is declared in trust/servers
  keystores of API Manager and Identity Server, certificate and key of dcr-service and of a PostgreSQL that the stack runs
  the keys that the servers sign tokens with, which are not exchanged any more

What somebody else's CA issued is left alone, whatever it says; so is API Manager's keystore where recipients are to see a
certificate of the CDR's CA (setting gatewayCertificateIssuer). A second run changes nothing. Nothing is deployed: that is
for pulumi up. Values go to Pulumi by its standard input; it needs what Pulumi needs to decrypt the stack's settings.

Examples:
  npm run certificates -- --stack dev --plan
  npm run certificates -- --stack dev && pulumi up --stack dev
  npm run certificates -- --stack dev --plan --expect-no-changes      for cron: 7 when it is time

Exit codes: 0 done, 1 failed, 2 wrong invocation or configuration, 4 Pulumi failed, 7 changes where none were expected.`,
  )
  .showHelpAfterError('(--help tells more)')
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
