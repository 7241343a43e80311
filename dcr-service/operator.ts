import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { type OperatorCommands, OperatorError, operatorCommands } from './operator/commands.ts';
import { wso2Platform } from './platform/wso2-platform.ts';
import { auditTo } from './registration/audit.ts';
import { parseSettings, SettingsError } from './settings.ts';
import { openStore } from './store/open-store.ts';

/**
 * Works on the registrations beside the running service, with its settings and its database; `npm run registrations`
 * starts it, in the pod or here. One command as arguments, one JSON document on stdout, the log on stderr.
 *
 * Exit codes as those of the scripts: 0 done, 1 failed, 2 wrong invocation, 4 a server or the database is away.
 */
const exitCodes = { unknown: 1, unavailable: 4, invocation: 2 } as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    after: { type: 'string' },
    limit: { type: 'string', default: '100' },
    by: { type: 'string' },
    reason: { type: 'string' },
    /** A second place for the audit line: what the pod logs, `/proc/1/fd/1`. */
    'audit-to': { type: 'string' },
  },
});
const [command, id] = positionals;

function required(value: string | undefined, what: string): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw new OperatorError('invocation', `${command ?? 'The command'} needs ${what}.`);
}

async function run(commands: OperatorCommands): Promise<unknown> {
  switch (command) {
    case 'list': {
      const limit = Number(values.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
        throw new OperatorError('invocation', '--limit must be a whole number, 1 to 1000.');
      return commands.list({ limit, ...(values.after !== undefined && { after: values.after }) });
    }
    case 'find':
      return commands.find(required(id, 'an id, or a part of a name'));
    case 'show':
      return commands.show(required(id, 'a client_id or software_id'));
    case 'plan':
      return commands.plan(required(id, 'a client_id or software_id'));
    case 'delete':
      return commands.remove(
        required(id, 'a client_id or software_id'),
        `operator: ${required(values.by, '--by, who deletes')}`,
        required(values.reason, '--reason'),
      );
    case 'reconcile':
      return commands.reconcile();
    case 'plan-restore':
      return commands.planRestore();
    case 'restore':
      return commands.restore(`operator: ${required(values.by, '--by, who restores')}`);
    case 'plan-align':
      return commands.planAlign();
    case 'align':
      return commands.align(`operator: ${required(values.by, '--by, who aligns')}`);
    case 'statuses':
      return commands.statuses();
    default:
      throw new OperatorError('invocation', `There is no command '${command ?? ''}'.`);
  }
}

async function main(): Promise<unknown> {
  const settings = parseSettings(process.env);
  const places = [2, ...(values['audit-to'] === undefined ? [] : [values['audit-to']])];
  const logger = pino(
    { name: 'dcr-service-operator', level: 'info' },
    pino.multistream(places.map((dest) => ({ stream: pino.destination({ dest, sync: true }) }))),
  );
  const wso2 = wso2Platform(settings);
  const store = await openStore(settings.database);
  try {
    return await run(
      operatorCommands({
        validation: {
          policy: settings.validation,
          // Nothing here judges a request.
          resolveKeys: async () => ({ unavailable: 'an operator registers nothing' }),
          now: () => Math.floor(Date.now() / 1000),
        },
        policy: settings.registration,
        store,
        platform: wso2.platform,
        isRemoved: () => false,
        audit: auditTo(logger),
        logger,
        deadlineMs: settings.deadlineMs,
      }),
    );
  } finally {
    await store.close();
    wso2.close();
  }
}

try {
  console.log(JSON.stringify(await main()));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.log(JSON.stringify({ error: message }));
  if (error instanceof OperatorError) process.exitCode = exitCodes[error.code];
  else process.exitCode = error instanceof SettingsError ? exitCodes.invocation : exitCodes.unavailable;
}
