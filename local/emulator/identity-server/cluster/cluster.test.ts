import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import getPort from 'get-port';
import { pino } from 'pino';
import { until } from '../../../cluster/until.ts';
import { sharedPki, startSampleServer } from '../testing/sample-identity-server.ts';
import { type SampleKubernetes, startSampleKubernetes } from '../testing/sample-kubernetes.ts';
import { startCluster } from './cluster.ts';
import { type Clustering, serviceAccountVariable } from './clustering.ts';

/** Every address of 127.0.0.0/8 is this machine's, on Linux only. */
const skip = process.platform === 'linux' ? false : 'needs several loopback addresses';
const host = '127.0.0.2';

const properties = { KUBERNETES_NAMESPACE: '$env{POD_NAMESPACE}', KUBERNETES_SERVICES: 'identity-server' };

async function start(
  t: TestContext,
  kubernetes: SampleKubernetes,
  altered: { table?: object; properties?: object; env?: Record<string, string> } = {},
) {
  const clustering = {
    membership_scheme: 'kubernetes',
    domain: 'a domain',
    local_member_host: host,
    local_member_port: `${await getPort()}`,
    ...altered.table,
    properties: { KUBERNETES_API_SERVER: kubernetes.url, ...properties, ...altered.properties },
  };
  const log: string[] = [];
  const logger = pino({}, { write: (line) => void log.push(line) });
  const env = { ...kubernetes.env, ...altered.env };
  return { log, server: await startSampleServer(t, { tables: { clustering }, env, logger }) };
}

test('a server whose pod is not ready yet is its first member', { skip }, async (t) => {
  const kubernetes = await startSampleKubernetes(t);
  kubernetes.notReady = [host];
  const { log } = await start(t, kubernetes);
  assert.match(log.join(''), /"members":1,"msg":"Cluster initialization completed"/);
});

test('a single server asks nobody, whatever else its table says', { skip }, async (t) => {
  const kubernetes = await startSampleKubernetes(t);
  kubernetes.hasRole = false;
  const { log } = await start(t, kubernetes, { table: { membership_scheme: undefined } });
  assert.deepEqual(log, []);
});

interface Refusal {
  when: string;
  says: RegExp;
  alter?: (kubernetes: SampleKubernetes) => void;
  properties?: object;
  env?: Record<string, string>;
  table?: object;
}

const refusals: Refusal[] = [
  {
    when: 'nothing mounts its account',
    says: /Could not get \/nowhere\/ca\.crt/,
    env: { [serviceAccountVariable]: '/nowhere' },
  },
  { when: 'the API is not there', says: /ECONNREFUSED/, properties: { KUBERNETES_API_SERVER: 'https://127.0.0.1:1' } },
  { when: 'there is no such Service', says: /HTTP error code: 404/, properties: { KUBERNETES_SERVICES: 'another' } },
  { when: 'it has another scheme', says: /membership_scheme = "multicast"/, table: { membership_scheme: 'multicast' } },
  { when: 'its port is none', says: /local_member_port/, table: { local_member_port: 'four thousand' } },
];

for (const { when, says, alter, ...altered } of refusals) {
  test(`a server that is one of several does not start when ${when}`, { skip }, async (t) => {
    const kubernetes = await startSampleKubernetes(t);
    kubernetes.notReady = [host];
    alter?.(kubernetes);
    await assert.rejects(start(t, kubernetes, altered), (error: Error) => {
      assert.match(error.message, /^Cannot initialize cluster: /);
      assert.match(error.message, says);
      return true;
    });
  });
}

for (const [when, altered] of Object.entries<{ alter?: (kubernetes: SampleKubernetes) => void; properties?: object }>({
  'its role is not bound': { alter: (kubernetes) => (kubernetes.hasRole = false) },
  'it looks in another namespace': { properties: { KUBERNETES_NAMESPACE: 'default' } },
  'no Service is named, and it may not list pods': { properties: { KUBERNETES_SERVICES: undefined } },
})) {
  test(`a server that is one of several starts alone when ${when}`, { skip }, async (t) => {
    const kubernetes = await startSampleKubernetes(t);
    kubernetes.notReady = [host, '127.0.0.3'];
    altered.alter?.(kubernetes);
    const { log } = await start(t, kubernetes, altered);
    assert.match(log.join(''), /Starting standalone/);
    assert.match(log.join(''), /"members":1,"msg":"Cluster initialization completed"/);
  });
}

test("the namespace is the account's where none is named", { skip }, async (t) => {
  const kubernetes = await startSampleKubernetes(t);
  kubernetes.notReady = [host];
  const { log } = await start(t, kubernetes, { properties: { KUBERNETES_NAMESPACE: undefined } });
  assert.doesNotMatch(log.join(''), /standalone/);
});

test("a server does not start when the API's certificate is not of the CA beside its token, whatever the table says", {
  skip,
}, async (t) => {
  const { authorities } = await sharedPki();
  const kubernetes = await startSampleKubernetes(t, authorities.foreign);
  const skipped = { properties: { KUBERNETES_MASTER_SKIP_SSL_VERIFICATION: true } };
  await assert.rejects(start(t, kubernetes, skipped), /self-signed certificate in certificate chain/);
});

test('two that could not reach each other meet later, and hear what they missed', { skip }, async (t) => {
  const kubernetes = await startSampleKubernetes(t);
  const { authorities } = await sharedPki();
  const port = await getPort();
  const member = async (own: string, forgotten: string[]) => {
    const clustering: Clustering = {
      domain: 'a domain',
      host: own,
      port,
      kubernetes: {
        apiServer: kubernetes.url,
        namespace: 'cdr',
        service: 'identity-server',
        tokenFile: join(kubernetes.env[serviceAccountVariable] ?? '', 'token'),
        ca: authorities.platform.certificate,
      },
    };
    const cluster = await startCluster(clustering, {
      forget: ({ key }) => void forgotten.push(key),
      logger: pino({ enabled: false }),
      mergeMs: 50,
    });
    t.after(() => cluster.close());
    return cluster;
  };
  kubernetes.ready = [host, '127.0.0.3'];
  const first = await member(host, []);
  first.tell({ cache: 'client', key: 'one' });
  // The later one does not know of the earlier.
  kubernetes.ready = ['127.0.0.3'];
  const forgotten: string[] = [];
  const second = await member('127.0.0.3', forgotten);
  await until('them to meet', 5, async () => first.size === 2 && second.size === 2 && forgotten.length > 0);
  assert.deepEqual(forgotten, ['one']);
});
