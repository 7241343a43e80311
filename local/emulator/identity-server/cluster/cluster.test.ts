import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import getPort from 'get-port';
import { pino } from 'pino';
import { until } from '../../../cluster/until.ts';
import { sharedPki, startSampleServer } from '../testing/sample-identity-server.ts';
import { type SampleKubernetes, startSampleKubernetes } from '../testing/sample-kubernetes.ts';
import { startCluster } from './cluster.ts';
import type { Clustering } from './clustering.ts';

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
    properties: { ...properties, ...altered.properties },
  };
  const log: string[] = [];
  const logger = pino({}, { write: (line) => void log.push(line) });
  const env = { ...kubernetes.env, ...altered.env };
  const serviceAccount = kubernetes.account;
  return { log, server: await startSampleServer(t, { tables: { clustering }, env, logger, serviceAccount }) };
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

const unmounted = (file: string) => (kubernetes: SampleKubernetes) => rmSync(join(kubernetes.account, file));

const refusals: Refusal[] = [
  { when: 'nothing mounts its token', says: /Could not get .*\/token/, alter: unmounted('token') },
  { when: "nothing mounts the API's CA", says: /Could not get .*\/ca\.crt/, alter: unmounted('ca.crt') },
  {
    when: 'neither a property nor a file names its namespace',
    says: /Could not get .*\/namespace/,
    alter: unmounted('namespace'),
    properties: { KUBERNETES_NAMESPACE: undefined },
  },
  {
    when: 'the API is not there',
    says: /ECONNREFUSED/,
    env: { 'hazelcast.kubernetes.kubernetes-master': 'https://127.0.0.1:1' },
  },
  {
    when: "the API's certificate has another name",
    says: /does not match/,
    env: { 'hazelcast.kubernetes.kubernetes-master': 'https://localhost:PORT' },
  },
  { when: 'there is no such Service', says: /HTTP Error Code: 404/, properties: { KUBERNETES_SERVICES: 'another' } },
  {
    when: 'it names two Services, which are one name to it',
    says: /HTTP Error Code: 404/,
    properties: { KUBERNETES_SERVICES: 'identity-server,another' },
  },
  { when: 'it has another scheme', says: /membership_scheme = "multicast"/, table: { membership_scheme: 'multicast' } },
  { when: 'its port is not a number', says: /local_member_port/, table: { local_member_port: 'four thousand' } },
];

for (const { when, says, alter, ...altered } of refusals) {
  test(`a server that is one of several does not start when ${when}`, { skip }, async (t) => {
    const kubernetes = await startSampleKubernetes(t);
    kubernetes.notReady = [host];
    alter?.(kubernetes);
    const { port } = new URL(kubernetes.env['hazelcast.kubernetes.kubernetes-master'] ?? '');
    const env = Object.fromEntries(
      Object.entries(altered.env ?? {}).map(([name, value]) => [name, value.replace('PORT', port)]),
    );
    await assert.rejects(start(t, kubernetes, { ...altered, env }), (error: Error) => {
      assert.match(error.message, /^Cannot initialize cluster: /);
      assert.match(error.message, says);
      return true;
    });
  });
}

test('an API whose certificate the mounted CA did not issue is not trusted, regardless of truststore and properties', {
  skip,
}, async (t) => {
  const { platform } = (await sharedPki()).authorities;
  const kubernetes = await startSampleKubernetes(t);
  kubernetes.notReady = [host];
  writeFileSync(join(kubernetes.account, 'ca.crt'), platform.certificate);
  for (const skipped of [false, true])
    await assert.rejects(
      start(t, kubernetes, { properties: { KUBERNETES_MASTER_SKIP_SSL_VERIFICATION: skipped } }),
      /Failure in executing REST call: self-signed certificate in certificate chain/,
    );
});

test('class, DNS and the words of the older scheme are read by nobody', { skip }, async (t) => {
  const kubernetes = await startSampleKubernetes(t);
  kubernetes.notReady = [host];
  const ignored = { membershipSchemeClassName: 'org.example.Scheme', USE_DNS: true };
  const env = { KUBERNETES_SERVICES: 'another', KUBERNETES_API_SERVER: 'https://127.0.0.1:1' };
  const { log } = await start(t, kubernetes, { properties: ignored, env });
  assert.match(log.join(''), /"members":1,"msg":"Cluster initialization completed"/);
});

test("the namespace is the property's, the environment's or the pod's own", { skip }, async (t) => {
  const kubernetes = await startSampleKubernetes(t);
  kubernetes.notReady = [host];
  const own = await start(t, kubernetes, { properties: { KUBERNETES_NAMESPACE: undefined } });
  assert.doesNotMatch(own.log.join(''), /standalone/);
  const elsewhere = { properties: { KUBERNETES_NAMESPACE: undefined }, env: { KUBERNETES_NAMESPACE: 'another' } };
  const { log } = await start(t, kubernetes, elsewhere);
  assert.match(log.join(''), /access is forbidden! Starting standalone/);
  const named = await start(t, kubernetes, { env: elsewhere.env });
  assert.doesNotMatch(named.log.join(''), /standalone/);
});

const alone: Refusal[] = [
  {
    when: 'its role is not bound',
    says: /Kubernetes API access is forbidden! Starting standalone/,
    alter: (kubernetes) => (kubernetes.hasRole = false),
  },
  {
    when: 'its token belongs to no account',
    says: /authorization failure!.* Starting standalone/,
    alter: ({ account }) => writeFileSync(join(account, 'token'), 'another'),
  },
  {
    when: 'no Service is named, so that it asks for all pods, which its role does not let it',
    says: /access is forbidden! Starting standalone/,
    properties: { KUBERNETES_SERVICES: undefined },
  },
  {
    when: 'it looks in another namespace, where its role does not let it',
    says: /access is forbidden! Starting standalone/,
    properties: { KUBERNETES_NAMESPACE: 'another' },
  },
  { when: 'no pod is behind the Service', says: /"members":1/, alter: (kubernetes) => (kubernetes.notReady = []) },
];
for (const { when, says, alter, ...altered } of alone)
  test(`a server that is one of several starts alone when ${when}`, { skip }, async (t) => {
    const kubernetes = await startSampleKubernetes(t);
    kubernetes.notReady = [host, '127.0.0.3'];
    alter?.(kubernetes);
    const { log } = await start(t, kubernetes, altered);
    assert.match(log.join(''), says);
    assert.match(log.join(''), /"members":1,"msg":"Cluster initialization completed"/);
    assert.doesNotMatch(log.join(''), /127\.0\.0\.3/);
  });

test('two that could not reach each other meet later, and hear what they missed', { skip }, async (t) => {
  const kubernetes = await startSampleKubernetes(t);
  const port = await getPort();
  const member = async (own: string, forgotten: string[]) => {
    const clustering: Clustering = {
      domain: 'a domain',
      host: own,
      port,
      kubernetes: {
        apiServer: kubernetes.env['hazelcast.kubernetes.kubernetes-master'] ?? '',
        namespace: undefined,
        service: 'identity-server',
        account: kubernetes.account,
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
  // The earlier may not ask, and starts alone; nor does the later know of it.
  kubernetes.hasRole = false;
  const first = await member(host, []);
  first.tell({ cache: 'client', key: 'one' });
  const forgotten: string[] = [];
  const second = await member('127.0.0.3', forgotten);
  kubernetes.ready = [host, '127.0.0.3'];
  kubernetes.hasRole = true;
  await until('them to meet', 5, async () => first.size === 2 && second.size === 2 && forgotten.length > 0);
  assert.deepEqual(forgotten, ['one']);
});
