import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import getPort from 'get-port';
import { parse, type TomlTable } from 'smol-toml';
import { identityServerToml } from '../../programs/deployment-toml/identity-server.ts';
import { lintDeploymentToml } from '../../programs/deployment-toml/lint.ts';
import { requiredSettings } from '../../programs/deployment-toml/required-settings.ts';
import { nodeAddressVariable } from '../../programs/deployment-toml/stores.ts';
import { generations } from '../../programs/products.ts';
import { withoutSetting } from '../../programs/testing/without-setting.ts';
import { until } from '../cluster/until.ts';
import {
  manage,
  register,
  type SampleServer,
  startSampleServer,
} from '../emulator/identity-server/testing/sample-identity-server.ts';
import { startSampleKubernetes } from '../emulator/identity-server/testing/sample-kubernetes.ts';
import {
  recipientClient,
  requestToken,
  serveRecipientKeys,
} from '../emulator/identity-server/testing/sample-recipient.ts';

/** Every address of 127.0.0.0/8 is this machine's, on Linux only. */
const skip = process.platform === 'linux' ? false : 'needs several loopback addresses';
/** Of the pods. */
const addresses = ['127.0.0.2', '127.0.0.3'];

/** What the programs render for one of several. */
const rendered = identityServerToml({
  ...generations['4.7'].identityServer,
  hostname: 'identity-server',
  portOffset: 0,
  administrator: 'admin',
  apiManagerUrl: 'https://api-manager:9443',
  clusterService: 'identity-server',
});

/** What the linter has to say of it, by the keys. */
function findings(toml: string): string[] {
  const options = { throwAway: true, several: true };
  return lintDeploymentToml('identity-server', '7.3.0', toml, options).map(({ key }) => key);
}

interface Replicas {
  /** What is registered at the first. */
  metadata: Record<string, unknown>;
  clientId: string;
  first: SampleServer;
  second: SampleServer;
}

/** Two on one database, of which both have issued a token to a client, as the pods of one Deployment. */
async function startReplicas(t: TestContext, toml: string): Promise<Replicas> {
  const kubernetes = await startSampleKubernetes(t);
  kubernetes.notReady = [...addresses];
  const directory = mkdtempSync(join(tmpdir(), 'identity-server-replicas-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const database = (name: string) => ({ type: 'h2', url: `jdbc:h2:${join(directory, name)}` });
  // Elsewhere each pod has the port to itself.
  const clustering = { ...(parse(toml).clustering as TomlTable), local_member_port: `${await getPort()}` };
  const tables = { clustering, database: { identity_db: database('identity'), shared_db: database('shared') } };
  const start = (address: string) =>
    startSampleServer(t, {
      tables,
      env: { ...kubernetes.env, [nodeAddressVariable]: address },
      serviceAccount: kubernetes.account,
    });
  const [one = '', two = ''] = addresses;
  const [first, second] = [await start(one), await start(two)];
  const metadata = recipientClient(await serveRecipientKeys(t, first.pki));
  const { data, status } = await register(first, metadata);
  assert.equal(status, 201, JSON.stringify(data));
  const clientId = String(data.client_id);
  for (const server of [first, second]) assert.equal(await tokenStatus(server, clientId), 200);
  return { metadata, clientId, first, second };
}

const tokenStatus = async (server: SampleServer, clientId: string) => (await requestToken(server, clientId, '')).status;
const pathOf = (clientId: string) => `/api/identity/oauth2/dcr/v1.1/register/${clientId}`;
const remove = (server: SampleServer, clientId: string) => manage(server, pathOf(clientId), { method: 'DELETE' });

test('a client that one replica has changed or deleted is so at the other, too, in a moment', { skip }, async (t) => {
  assert.deepEqual(findings(rendered), []);
  const { first, second, clientId, metadata } = await startReplicas(t, rendered);
  for (const [changes, reads, life] of [
    [first, second, 60],
    [second, first, 120],
  ] as const) {
    const body = { ...metadata, ext_application_token_lifetime: life };
    const changed = await manage(changes, pathOf(clientId), { method: 'PUT', body });
    assert.equal(changed.status, 200, JSON.stringify(changed.data));
    const lifeAt = async () => (await requestToken(reads, clientId, '')).data.expires_in;
    await until('the change to be known', 5, async () => (await lifeAt()) === life);
  }
  assert.equal((await remove(first, clientId)).status, 204);
  await until('the removal to be known', 5, async () => (await tokenStatus(second, clientId)) === 401);
});

/** What becomes of replicas without a setting: they work, and are not what they should be. */
const consequences: Record<string, (t: TestContext, toml: string) => Promise<void>> = {
  'clustering.membership_scheme': deletedClientIsStillThere,
  'clustering.properties.KUBERNETES_SERVICES': deletedClientIsStillThere,
  'clustering.properties.KUBERNETES_NAMESPACE': deletedClientIsStillThere,
};
const required = requiredSettings.filter(({ several, server }) => several && server === 'identity-server');

test('each setting that the linter requires of replicas has a row here', () => {
  assert.deepEqual(Object.keys(consequences).sort(), required.map(({ key }) => key).sort());
});

for (const setting of required) {
  const consequence = consequences[setting.key];
  if (consequence === undefined) continue;

  test(`replicas without ${setting.key}: ${setting.without}`, { skip }, async (t) => {
    const toml = withoutSetting(rendered, setting);
    assert.deepEqual(findings(toml), [setting.key]);
    await consequence(t, toml);
  });
}

async function deletedClientIsStillThere(t: TestContext, toml: string): Promise<void> {
  const { first, second, clientId, metadata } = await startReplicas(t, toml);
  assert.equal((await remove(first, clientId)).status, 204);
  assert.equal(await tokenStatus(first, clientId), 401);
  // As seen of two real ones: it can be read, its name cannot be given again, and there is no token for it.
  assert.equal((await manage(second, pathOf(clientId))).status, 200);
  assert.equal(await tokenStatus(second, clientId), 502);
  assert.equal((await register(second, metadata)).status, 400);
}
