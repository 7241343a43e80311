import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { test } from 'node:test';
import type { KubernetesObject } from '../testing/kubernetes-object.ts';
import { objectsOf, type RecordedStack, recordStack } from '../testing/recorded-stack.ts';
import { deployedDatabase, externalDatabase, severalServers } from '../testing/sample-settings.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';

type Labels = Record<string, string>;
type PolicySpec = KubernetesObject['NetworkPolicy']['spec'];
interface Peer {
  namespaceSelector?: { matchLabels?: Labels };
  podSelector?: { matchLabels?: Labels };
  ipBlock?: { cidr: string; except?: string[] };
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port: number; protocol: string }[];
}
/** A pod of the namespace or of another one, or an address outside the cluster. */
type End = { labels: Labels } | { otherNamespace: string } | { address: string };

const { stack: withRegister, settings } = await sampleStack();
const productionSettings = { ...settings, registerImage: '', registerPkiDirectory: '', allowedPrivateNetworks: '[]' };
const production = await recordStack(productionSettings, 'prod');
const complete = await recordStack({ ...settings, ...deployedDatabase, provisioningImage: 'provisioning:c3' });
const several = await recordStack({ ...settings, ...severalServers, provisioningImage: 'provisioning:c3' });
const elsewhere = await recordStack({ ...productionSettings, ...externalDatabase, databasePort: '6432' }, 'prod');

const watched = await recordStack(
  { ...productionSettings, monitoring: 'prometheus-operator', monitoringNamespace: 'monitoring' },
  'prod',
);

const edge = {
  edge: 'loadBalancer',
  gatewayHost: 'mtls.holder.example',
  identityHost: 'id.holder.example',
  recipientHost: 'recipients.holder.example',
  identityIngressClass: 'public',
};
const portals = { portalHost: 'portal.holder.example', portalIngressClass: 'internal' };
const apart = await recordStack({ ...productionSettings, ...edge, edgeNamespaces: '["ingress"]' }, 'prod');
const withPortals = await recordStack(
  { ...productionSettings, ...edge, ...portals, edgeNamespaces: '["ingress"]' },
  'prod',
);
const unnamed = await recordStack({ ...productionSettings, ...edge }, 'prod');

const outside = {
  outsider: '203.0.113.7',
  outsider6: '2001:db8::7',
  'private host': '10.20.0.9',
  metadata: '169.254.169.254',
  'metadata by IPv6': 'fd00:ec2::254',
  'metadata by NAT64': '64:ff9b::a9fe:a9fe',
  'private host by 6to4': '2002:a14:9::1',
  loopback: '::1',
  'every interface': '0.0.0.0',
};
const otherNamespaces = ['monitoring', 'neighbour', 'ingress'];
const outsiders = [...Object.keys(outside), ...otherNamespaces];
/** Of every kind; the last lines are what both servers listen on of their own accord. */
const probed = [
  ...[22, 53, 80, 443, 2379, 5432, 6432, 6443, 8080, 8443, 8444, 9444],
  ...[4000, 5672, 8021, 8099, 8243, 8280, 8672, 9021, 9099, 9443],
  ...[9611, 9711, 9763, 9999, 10711, 11111],
];

/** By hand, as `from > to: ports`; the ways of every stack, then those that optional parts add. */
const always = [
  ...outsiders.flatMap((from) => [`${from} > api-manager: 8243`, `${from} > identity-server: 9443`]),
  'api-manager > api-manager: 9443',
  'api-manager > identity-server: 9443',
  'api-manager > dcr-service: 8443',
  'identity-server > api-manager: 9443',
  'dcr-service > identity-server: 9443',
  'dcr-service > api-manager: 9443',
  ...['outsider', 'outsider6'].flatMap((to) => [
    `identity-server > ${to}: 443`,
    `dcr-service > ${to}: 80`,
    `dcr-service > ${to}: 443`,
  ]),
  ...named('api-manager', 'identity-server', 'dcr-service'),
];
const ofRegister = [
  'identity-server > register: 8444',
  'dcr-service > register: 8443',
  'dcr-service > register: 8444',
  ...named('register'),
];
const ofProvisioning = [
  'provisioning > api-manager: 8243',
  'provisioning > api-manager: 9443',
  'provisioning > identity-server: 9443',
  ...outsiders.flatMap((to) => [`provisioning > ${to}: 443`, `provisioning > ${to}: 6443`]),
  ...named('provisioning'),
];
const stateful = ['api-manager', 'identity-server', 'dcr-service', 'database-schema'];
const ofDeployedDatabase = [
  ...stateful.map((from) => `${from} > database: 5432`),
  ...named('database', 'database-schema'),
];
const ofExternalDatabase = [
  ...stateful.flatMap((from) => outsiders.map((to) => `${from} > ${to}: 6432`)),
  // The driver, which is downloaded.
  ...['api-manager', 'identity-server'].flatMap((from) => outsiders.map((to) => `${from} > ${to}: 443`)),
  ...named('database-schema'),
];

const ofSeveral = [
  ...[5672, 9611, 9711].map((port) => `api-manager > api-manager: ${port}`),
  'identity-server > identity-server: 4000',
  ...outsiders.flatMap((to) => [`identity-server > ${to}: 443`, `identity-server > ${to}: 6443`]),
];

/** Whose ways to names are these. */
function named(...parts: string[]): string[] {
  return parts.flatMap((from) => outsiders.map((to) => `${from} > ${to}: 53`));
}

test('who may reach whom is the table, for every pair of ends and nobody else', () => {
  const sorted = (...ways: string[][]) => [...new Set(ways.flat())].sort();
  assert.deepEqual(reachable(production), sorted(always));
  assert.deepEqual(reachable(withRegister), sorted(always, ofRegister));
  assert.deepEqual(reachable(complete), sorted(always, ofRegister, ofProvisioning, ofDeployedDatabase));
  assert.deepEqual(reachable(several), sorted(always, ofRegister, ofProvisioning, ofDeployedDatabase, ofSeveral));
  assert.deepEqual(reachable(elsewhere), sorted(always, ofExternalDatabase));
  assert.deepEqual(reachable(watched), sorted(always, ['monitoring > dcr-service: 8080']));
});

test('with hosts apart, 9443 of a server is reached from the namespaces of the edge only, and only where a host leads there', () => {
  const ofRecipients = outsiders.flatMap((from) => [`${from} > api-manager: 8243`, `${from} > identity-server: 9444`]);
  const fromOutside = (stack: RecordedStack) =>
    reachable(stack).filter((way) => outsiders.some((from) => way.startsWith(`${from} > `)));
  const login = 'ingress > identity-server: 9443';
  assert.deepEqual(fromOutside(apart), [...ofRecipients, login].sort());
  assert.deepEqual(fromOutside(withPortals), [...ofRecipients, login, 'ingress > api-manager: 9443'].sort());
  const anyone = outsiders.map((from) => `${from} > identity-server: 9443`);
  assert.deepEqual(fromOutside(unnamed), [...ofRecipients, ...anyone].sort());
});

test('without the policies everybody would reach everybody: it is they who refuse', () => {
  const resources = production.resources.filter(({ type }) => !type.endsWith(':NetworkPolicy'));
  const pods = podsOf(production).size;
  assert.equal(
    reachable({ ...production, resources }).length,
    (pods * pods + 2 * pods * outsiders.length) * probed.length,
  );
});

test('a private network that the stack allows is reached, the rest of its neighbourhood is not', async () => {
  const allowing = await recordStack({ ...productionSettings, allowedPrivateNetworks: '["10.20.0.0/16"]' }, 'prod');
  const gained = reachable(allowing).filter((way) => !reachable(production).includes(way));
  assert.deepEqual(gained, [
    'dcr-service > private host: 443',
    'dcr-service > private host: 80',
    'identity-server > private host: 443',
  ]);
});

test('only TCP passes, but for names', () => {
  const udp = policiesOf(complete).flatMap(({ ingress = [], egress = [] }) =>
    ([...ingress, ...egress] as Rule[]).flatMap(({ ports = [] }) => ports.filter(({ protocol }) => protocol !== 'TCP')),
  );
  assert.deepEqual(new Set(udp.map(({ port, protocol }) => `${protocol} ${port}`)), new Set(['UDP 53']));
});

/** Every way that is open over TCP, found by the rules of Kubernetes: a policy that selects a pod closes what no rule opens. */
function reachable(stack: RecordedStack): string[] {
  const policies = policiesOf(stack);
  const ends = new Map<string, End>([
    ...podsOf(stack),
    ...Object.entries(outside).map(([name, address]): [string, End] => [name, { address }]),
    ...otherNamespaces.map((name): [string, End] => [name, { otherNamespace: name }]),
  ]);
  const open: string[] = [];
  for (const [fromName, from] of ends)
    for (const [toName, to] of ends) {
      if (!('labels' in from) && !('labels' in to)) continue;
      for (const port of probed)
        if (leaves(policies, from, to, port) && enters(policies, from, to, port))
          open.push(`${fromName} > ${toName}: ${port}`);
    }
  return open.sort();
}

function leaves(policies: PolicySpec[], from: End, to: End, port: number): boolean {
  const binding = policiesFor(policies, from, 'Egress');
  return (
    binding.length === 0 || binding.some(({ egress }) => rulesOf(egress).some((rule) => opens(rule, rule.to, to, port)))
  );
}

function enters(policies: PolicySpec[], from: End, to: End, port: number): boolean {
  const binding = policiesFor(policies, to, 'Ingress');
  return (
    binding.length === 0 ||
    binding.some(({ ingress }) => rulesOf(ingress).some((rule) => opens(rule, rule.from, from, port)))
  );
}

function policiesFor(policies: PolicySpec[], end: End, type: string): PolicySpec[] {
  if (!('labels' in end)) return [];
  return policies.filter(
    ({ podSelector, policyTypes }) => policyTypes.includes(type) && selects(podSelector, end.labels),
  );
}

const rulesOf = (rules: unknown) => (rules as Rule[] | undefined) ?? [];

/** A rule without peers is for everybody, one without ports for every port. */
function opens({ ports }: Rule, peers: Peer[] | undefined, end: End, port: number): boolean {
  const right = !ports?.length || ports.some((rule) => rule.port === port && rule.protocol === 'TCP');
  return right && (!peers?.length || peers.some((peer) => includes(peer, end)));
}

function includes({ namespaceSelector, podSelector, ipBlock }: Peer, end: End): boolean {
  // Without a selector of namespaces, pods are those of the policy's own.
  if ('labels' in end)
    return namespaceSelector === undefined && podSelector !== undefined && selects(podSelector, end.labels);
  if ('otherNamespace' in end)
    return (
      namespaceSelector !== undefined &&
      podSelector === undefined &&
      selects(namespaceSelector, { 'kubernetes.io/metadata.name': end.otherNamespace })
    );
  return (
    ipBlock !== undefined &&
    inNetwork(ipBlock.cidr, end.address) &&
    !ipBlock.except?.some((cidr) => inNetwork(cidr, end.address))
  );
}

function selects({ matchLabels = {} }: { matchLabels?: Labels }, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function inNetwork(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  if (isIPv6(address) !== isIPv6(network)) return false;
  const networks = new BlockList();
  networks.addSubnet(network, Number(bits), family);
  return networks.check(address, family);
}

const policiesOf = (stack: RecordedStack) => objectsOf(stack, 'NetworkPolicy').map(({ inputs }) => inputs.spec);

function podsOf(stack: RecordedStack): Map<string, { labels: Labels }> {
  const jobs = objectsOf(stack, 'Job').map(({ inputs }) => inputs.spec.template);
  return new Map(
    [...Object.values(podTemplates(stack)), ...jobs].map(({ metadata: { labels } }) => [
      labels['app.kubernetes.io/name'] ?? '',
      { labels },
    ]),
  );
}
