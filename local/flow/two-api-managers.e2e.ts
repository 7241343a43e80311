import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import getPort from 'get-port';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { postgresIsNotOurs, startPostgres, type TestPostgres } from '../../dcr-service/testing/postgres.ts';
import { eventTables } from '../../programs/deployment-toml/event-duplication.ts';
import { lintDeploymentToml } from '../../programs/deployment-toml/lint.ts';
import { merged } from '../../programs/deployment-toml/merge.ts';
import { type RequiredSetting, requiredSettings } from '../../programs/deployment-toml/required-settings.ts';
import { baselineTables } from '../../programs/hardening/baseline.ts';
import { generations } from '../../programs/products.ts';
import { withoutSetting } from '../../programs/testing/without-setting.ts';
import { RunFailed } from '../../scripts/engine/errors.ts';
import type { Environment } from '../processes/environment.ts';
import { type Started, startInProcess } from '../processes/in-process.ts';
import { freeInstanceOffset } from '../processes/ports.ts';
import { servers } from '../processes/servers.ts';
import { type RecipientClient, recipientClient } from '../register/recipient-client.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { layouts, moveToPostgres } from './testing/postgres-databases.ts';

/** Two API Managers on one database, the second started when the first is there, as `apiManagerInstances: 2` has it. */
interface Pair {
  environment: FlowEnvironment;
  /** Where each is by itself. */
  instances: { url: string; gatewayUrl: string }[];
  /** The recipient at the gateway of one of them. */
  recipientAt(instance: number): RecipientClient;
  stop(): Promise<void>;
}

/** The tables below `[apim]` by which the two are one. */
const duplication = ['event_hub', 'throttling', 'cache_invalidation'];

async function startPair(without?: RequiredSetting): Promise<Pair> {
  const port = await getPort();
  const postgres: TestPostgres = await startPostgres({ port });
  const secondOffset = await freeInstanceOffset();
  let secondHome = '';
  const alter = async (prepared: Environment) => {
    await moveToPostgres(prepared, layouts['4.7'], { postgres, port });
    const { apiManagerHome, path } = prepared.state;
    secondHome = join(path, 'api-manager-2');
    await cp(apiManagerHome, secondHome, { recursive: true });
    // Calls to the environment's own address reach the first.
    const first = prepared.ports.apiManagerOffset;
    await configure(apiManagerHome, first, secondOffset, without);
    await configure(secondHome, secondOffset, first, without);
  };
  const environment = await startEnvironment(await prepareTemplate(), { alter });
  const { state, ports, secrets, outputs } = environment;
  const declared = servers(state, ports, secrets).find(({ name }) => name === 'api-manager') ?? assert.fail();
  const second: Started = await startInProcess({ ...declared, args: ['--home', secondHome] });
  const instances = [ports.apiManagerOffset, secondOffset].map((offset) => ({
    url: `https://localhost:${9443 + offset}`,
    gatewayUrl: `https://localhost:${8243 + offset}`,
  }));
  return {
    environment,
    instances,
    recipientAt: (instance) =>
      recipientClient({
        pki: state.pki,
        ca: outputs.trust.servers,
        recipientUrl: environment.urls.recipient,
        gatewayUrl: instances[instance]?.gatewayUrl ?? '',
        issuer: environment.urls.issuer,
      }),
    async stop() {
      await second.close();
      await environment.stop();
      await postgres.close();
    },
  };
}

const { version } = generations['4.7'].apiManager;

/** Gives an instance its ports and what the programs render for one of two, less a setting that the linter asks for. */
async function configure(home: string, own: number, other: number, without?: RequiredSetting): Promise<void> {
  const file = join(home, 'repository', 'conf', 'deployment.toml');
  const toml = parse(await readFile(file, 'utf8'));
  const at = (portOffset: number) => ({ host: 'localhost', portOffset });
  const tables = eventTables({ own: at(own), other: at(other) });
  assert.deepEqual(Object.keys(tables).sort(), duplication.toSorted());
  const apim = { ...(toml.apim as TomlTable), ...tables };
  const server = { ...(toml.server as TomlTable), offset: own };
  const shut = baselineTables('api-manager', version, { portOffset: own, several: true });
  const rendered = stringify(merged({ ...toml, server, apim }, shut));
  const written = without ? withoutSetting(rendered, without) : rendered;
  const findings = lintDeploymentToml('api-manager', version, written, { several: true });
  assert.deepEqual(
    findings.map(({ key }) => key),
    without ? [without.key] : [],
  );
  await writeFile(file, written);
}

/** The outputs for a provisioning run, with both instances. */
const outputsOf = ({ environment, instances }: Pair) => ({
  ...environment.outputs,
  apiManager: { ...environment.outputs.apiManager, instances },
});

describe('two API Managers on one PostgreSQL', { skip: postgresIsNotOurs }, () => {
  let pair: Pair;
  before(async () => {
    pair = await startPair();
  });
  after(() => pair?.stop());

  test('provisioning ends when both do their work, and has nothing to do the second time', async () => {
    const { changes } = await pair.environment.provision({ outputs: outputsOf(pair) });
    assert.ok(changes.length > 0);
    const again = await pair.environment.provision({ outputs: outputsOf(pair) });
    assert.deepEqual(again.changes, []);
  });

  test('a registration through either gateway is accepted, and used through the other', async () => {
    for (const [registers, uses] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const [registering, using] = [pair.recipientAt(registers), pair.recipientAt(uses)];
      const created = await registering.register(await registering.registrationRequest());
      assert.equal(created.status, 201, `${JSON.stringify(created.data)} ${pair.environment.dcrLog()}`);
      const { client_id: clientId } = created.data;
      assert.equal((await using.read(clientId, await using.accessToken(clientId))).status, 200);
      assert.equal((await using.remove(clientId, await using.accessToken(clientId))).status, 204);
      registering.close();
      using.close();
    }
  });
});

describe('two API Managers of which each sends events only to itself', { skip: postgresIsNotOurs }, () => {
  let pair: Pair;
  before(async () => {
    const receivers = requiredSettings.find(({ key }) => key === 'apim.event_hub.publish.url_group.*.auth_urls.*');
    pair = await startPair(receivers ?? assert.fail());
  });
  after(() => pair?.stop());

  test('the second gateway does not know the API, and provisioning with both instances reports it', async () => {
    await pair.environment.provision();
    const [first, second] = [pair.recipientAt(0), pair.recipientAt(1)];
    const known = await first.register(await first.registrationRequest());
    assert.equal(known.status, 201, JSON.stringify(known.data));
    const unknown = await second.register(await second.registrationRequest());
    assert.equal(unknown.status, 404, JSON.stringify(unknown.data));
    first.close();
    second.close();
    const told = pair.environment.provision({ outputs: outputsOf(pair), settleSeconds: 2, timeoutSeconds: 30 });
    await assert.rejects(told, (error) => {
      assert.ok(error instanceof RunFailed);
      assert.match(error.message, /API Manager 2/);
      return true;
    });
  });
});
