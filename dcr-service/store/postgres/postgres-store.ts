import {
  type ChangeRequest,
  ChangeTakenOver,
  type RegistrationStore,
  StoreUnavailable,
} from '../registration-store.ts';
import {
  changeIn,
  listedIn,
  readRow,
  readStatuses,
  registrationInForce,
  writtenStatuses,
} from '../stored-registration.ts';
import { connectOnce, openConnections, type PostgresSettings, whereIs } from './connection.ts';
import { migrate } from './migrations.ts';

async function prepare(settings: PostgresSettings): Promise<void> {
  const client = await connectOnce(settings);
  try {
    const { rows } = await client.query("SELECT current_setting('synchronous_commit') AS commit, current_user AS role");
    if (rows[0].commit === 'off') {
      throw new Error(
        `The database ${whereIs(settings.url)} would lose answered registrations in a crash: synchronous_commit is off. Run ALTER ROLE "${rows[0].role}" SET synchronous_commit = on.`,
      );
    }
    await migrate(client, whereIs(settings.url));
  } finally {
    await client.end();
  }
}

/**
 * Opens the database that replicas share, bringing its schema up to date. While it is away every method rejects within
 * twice the time-out; when it is back they work again.
 *
 * @throws StoreUnavailable when it cannot be reached; Error when it was written by a newer version.
 */
export async function openPostgresStore(settings: PostgresSettings): Promise<RegistrationStore> {
  await prepare(settings);
  const { run, close } = openConnections(settings);
  const first = async (...statement: Parameters<typeof run>) => (await run(...statement))[0];

  // The claim is made before the first try: when its answer is lost, the next finds its own reservation by it.
  const begin = async <Outcome extends string>(
    statement: 'beginCreation' | 'beginReplacement',
    id: string,
    { now, leaseUntil, claim, uses }: ChangeRequest,
  ): Promise<Outcome> => {
    const issuers = uses.map(({ issuer }) => issuer);
    const jtis = uses.map(({ jti }) => jti);
    const until = uses.map(({ rememberUntil }) => rememberUntil);
    // The functions answer with the outcomes of the interface and with nothing else.
    return (await first(statement, [id, claim, now, leaseUntil, issuers, jtis, until]))?.outcome as Outcome;
  };
  const mustBeDone = (row: Record<string, unknown> | undefined, what: string) => {
    if (row?.done !== true)
      throw new ChangeTakenOver(`${what} is no longer in progress here: another process took it over.`);
  };

  return {
    beginCreation: (softwareId, change) => begin('beginCreation', softwareId, change),
    commitCreation: async ({ clientId, clientIdIssuedAt, metadata }, claim) => {
      const values = [metadata.software_id, 'creation', claim, clientId, clientIdIssuedAt];
      const done = await first('commit', [...values, JSON.stringify(metadata)]);
      mustBeDone(done, `The creation of the registration of ${metadata.software_id}`);
    },
    beginReplacement: (clientId, change) => begin('beginReplacement', clientId, change),
    commitReplacement: async (clientId, metadata, claim) => {
      const values = [metadata.software_id, 'replacement', claim, clientId, null, JSON.stringify(metadata)];
      mustBeDone(await first('commit', values), `The replacement of the registration of ${metadata.software_id}`);
    },
    beginRemoval: async (clientId, { now, leaseUntil, claim }) =>
      (await first('beginRemoval', [clientId, claim, now, leaseUntil]))?.outcome as 'begun' | 'busy' | 'unknown',
    commitRemoval: async (clientId, claim) =>
      mustBeDone(await first('commitRemoval', [clientId, claim]), `The removal of ${clientId}`),
    abandon: async (softwareId, claim) => void (await run('abandon', [softwareId, claim])),
    handOver: async (softwareId, claim) => void (await run('handOver', [softwareId, claim])),
    claimAbandoned: async (now, leaseUntil, limit = 100, softwareId) =>
      (await run('claimAbandoned', [now, leaseUntil, limit, softwareId ?? null])).map(changeIn),
    find: async (clientId) => registrationInForce(await first('find', [clientId])),
    findBySoftwareId: async (softwareId) => registrationInForce(await first('findBySoftwareId', [softwareId])),
    list: async ({ after = '', limit }) => (await run('list', [after, limit])).map(listedIn),
    changeUnderWay: async (softwareId) => {
      const found = await first('findBySoftwareId', [softwareId]);
      return (found && readRow(found).change) ?? undefined;
    },
    pendingChanges: async () => {
      const { count, oldest } = (await first('pending')) ?? {};
      return { count: Number(count), oldest: typeof oldest === 'number' ? oldest : undefined };
    },
    readStatuses: async (list) => {
      const found = await first('statuses', [list]);
      return found && { readAt: Number(found.read_at), statuses: readStatuses(String(found.statuses)) };
    },
    rememberStatuses: async (list, { readAt, statuses }) =>
      void (await run('rememberStatuses', [list, readAt, writtenStatuses(statuses)])),
    prune: async (now) => void (await run('prune', [now])),
    ping: async () => {
      if (!(await first('ping')))
        throw new StoreUnavailable(`The database ${whereIs(settings.url)} was emptied: restore a backup.`);
    },
    close,
  };
}
