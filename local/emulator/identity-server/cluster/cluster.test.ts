import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import getPort from 'get-port';
import { pino } from 'pino';
import { until } from '../../../cluster/until.ts';
import { register, sharedPki, startSampleServer } from '../testing/sample-identity-server.ts';
import { type SampleKubernetes, startSampleKubernetes } from '../testing/sample-kubernetes.ts';
import { recipientClient, requestToken, serveRecipientKeys } from '../testing/sample-recipient.ts';
import { startCluster } from './cluster.ts';
import type { Clustering } from './clustering.ts';

/** Every address of 127.0.0.0/8 is this machine's, on Linux only. */
const skip = process.platform === 'linux' ? false : 'needs several loopback addresses';
const host = '127.0.0.2';

const properties = {
  membershipSchemeClassName: 'org.wso2.carbon.membership.scheme.kubernetes.KubernetesMembershipScheme',
  KUBERNETES_NAMESPACE: '$env{POD_NAMESPACE}',
  KUBERNETES_SERVICES: 'identity-server',
  KUBERNETES_MASTER_SKIP_SSL_VERIFICATION: false,
  USE_DNS: false,
};

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
    when: 'its role is not bound',
    says: /403 for URL: .*endpoints\/identity-server: may its service account get endpoints/,
    alter: (kubernetes) => (kubernetes.hasRole = false),
  },
  { when: 'nothing mounts its token', says: /cannot read .*nowhere/, env: { BEARER_TOKEN_FILE_LOCATION: '/nowhere' } },
  {
    when: 'nobody tells it where the API is',
    says: /KUBERNETES_SERVICE_HOST not found/,
    env: { KUBERNETES_SERVICE_HOST: '' },
  },
  { when: 'the API is not there', says: /ECONNREFUSED/, env: { KUBERNETES_SERVICE_PORT_HTTPS: '1' } },
  {
    when: "the API's certificate has another name",
    says: /does not match/,
    env: { KUBERNETES_API_SERVER: 'https://localhost:PORT' },
  },
  { when: 'there is no such Service', says: /404 for URL/, properties: { KUBERNETES_SERVICES: 'another' } },
  {
    when: 'no Service is named',
    says: /KUBERNETES_SERVICES parameter not found/,
    properties: { KUBERNETES_SERVICES: undefined },
  },
  { when: 'it looks in another namespace', says: /404 for URL/, properties: { KUBERNETES_NAMESPACE: undefined } },
  {
    when: 'no pod is behind the Service',
    says: /No member ips found/,
    alter: (kubernetes) => (kubernetes.notReady = []),
  },
  {
    when: "the scheme's class is not named",
    says: /Invalid membership scheme 'kubernetes'/,
    properties: { membershipSchemeClassName: undefined },
  },
  {
    when: "the scheme's class is another",
    says: /scheme class not found: org.example/,
    properties: { membershipSchemeClassName: 'org.example.Scheme' },
  },
  { when: 'DNS is to be asked', says: /USE_DNS/, properties: { USE_DNS: undefined } },
  { when: 'it has another scheme', says: /membership_scheme = "multicast"/, table: { membership_scheme: 'multicast' } },
  { when: 'its port is none', says: /local_member_port/, table: { local_member_port: 'four thousand' } },
];

for (const { when, says, alter, ...altered } of refusals) {
  test(`a server that is one of several does not start when ${when}`, { skip }, async (t) => {
    const kubernetes = await startSampleKubernetes(t);
    kubernetes.notReady = [host];
    alter?.(kubernetes);
    const port = kubernetes.env.KUBERNETES_SERVICE_PORT_HTTPS ?? '';
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

test("a server whose truststore lacks the cluster's CA does not start, and with verification off believes everybody", {
  skip,
}, async (t) => {
  const { authorities, parties, ...pki } = await sharedPki();
  const kubernetes = await startSampleKubernetes(t, authorities.foreign);
  kubernetes.notReady = [host];
  await assert.rejects(
    start(t, kubernetes),
    /Could not connect to Kubernetes API: self-signed certificate in certificate chain/,
  );
  const skipped = { properties: { KUBERNETES_MASTER_SKIP_SSL_VERIFICATION: true } };
  const { server } = await start(t, kubernetes, skipped);
  const strangers = { ...pki, authorities, parties: { ...parties, recipient: parties.stranger } };
  const { data } = await register(server, recipientClient(await serveRecipientKeys(t, strangers)));
  assert.equal((await requestToken(server, data.client_id, '')).status, 200);
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
        apiServer: `https://127.0.0.1:${kubernetes.env.KUBERNETES_SERVICE_PORT_HTTPS}`,
        namespace: 'cdr',
        services: ['identity-server'],
        tokenFile: kubernetes.env.BEARER_TOKEN_FILE_LOCATION ?? '',
        skipVerification: false,
      },
    };
    const cluster = await startCluster(clustering, {
      trusted: [authorities.platform.certificate],
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
