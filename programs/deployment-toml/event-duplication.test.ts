import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { type GenerationName, generations } from '../products.ts';
import { apiManagerToml } from './api-manager.ts';
import { identityServerToml } from './identity-server.ts';
import { lintDeploymentToml } from './lint.ts';

const common = { portOffset: 0, administrator: 'admin', hostname: 'api-manager' };
const one = { host: 'api-manager-1', portOffset: 0 };
const two = { host: 'api-manager-2', portOffset: 10 };

function instanceToml(generation: GenerationName, own = one, other = two): string {
  const { apiManager } = generations[generation];
  return apiManagerToml({
    ...common,
    ...apiManager,
    portOffset: own.portOffset,
    instances: { own, other },
  });
}

for (const generation of ['4.7', '4.2'] as const)
  test(`an instance of ${generation} listens to itself, publishes to both and copies to the other, as WSO2 spells it`, () => {
    const toml = instanceToml(generation);
    for (const lines of [
      'node_ip = "$env{NODE_IP}"',
      `[apim.event_hub]
enable = true
username = "$ref{super_admin.username}"
password = "$ref{super_admin.password}"
service_url = "https://localhost:9443/$env{WSO2_SERVICE_PATH}/"
event_listening_endpoints = [ "tcp://localhost:5672" ]
event_duplicate_url = [ "tcp://api-manager-2:5682" ]`,
      `[[apim.event_hub.publish.url_group]]
urls = [ "tcp://api-manager-1:9611" ]
auth_urls = [ "ssl://api-manager-1:9711" ]

[[apim.event_hub.publish.url_group]]
urls = [ "tcp://api-manager-2:9621" ]
auth_urls = [ "ssl://api-manager-2:9721" ]`,
      `[apim.throttling]
event_duplicate_url = [ "tcp://api-manager-2:5682" ]
throttle_decision_endpoints = [ "tcp://localhost:5672" ]`,
      `[[apim.throttling.url_group]]
traffic_manager_urls = [ "tcp://api-manager-2:9621" ]
traffic_manager_auth_urls = [ "ssl://api-manager-2:9721" ]`,
      '[apim.cache_invalidation]\nenabled = true',
    ])
      assert.ok(toml.includes(lines), `${lines}\n\nis not in\n\n${toml}`);
    // What no template reads.
    assert.doesNotMatch(toml, /loadbalance|server_role/);
    assert.deepEqual(
      lintDeploymentToml('api-manager', generations[generation].apiManager.version, toml, { several: true }),
      [],
    );
  });

test('the two mirror each other, and share all that is not about which of them it is', () => {
  const first = parse(instanceToml('4.7', one, two));
  const second = parse(instanceToml('4.7', two, one));
  const { event_hub: ofFirst, ...firstRest } = first.apim as TomlTable;
  const { event_hub: ofSecond, ...secondRest } = second.apim as TomlTable;
  assert.deepEqual((ofFirst as TomlTable).event_duplicate_url, ['tcp://api-manager-2:5682']);
  assert.deepEqual((ofSecond as TomlTable).event_duplicate_url, ['tcp://api-manager-1:5672']);
  assert.deepEqual(Object.keys(firstRest), Object.keys(secondRest));
  assert.deepEqual(first.keystore, second.keystore);
  assert.deepEqual(first.encryption, second.encryption);
});

test('a single API Manager sends events only to itself, and does not need the address of its pod', () => {
  const toml = apiManagerToml({ ...common, ...generations['4.7'].apiManager });
  for (const word of ['event_duplicate_url', 'url_group', 'cache_invalidation', 'NODE_IP'])
    assert.ok(!toml.includes(word), word);
});

test('replicas of Identity Server find each other by their Service; a single one only says where it is', () => {
  const configuration = {
    ...common,
    ...generations['4.7'].identityServer,
    hostname: 'identity-server',
    apiManagerUrl: 'https://api-manager:9443',
  };
  const { server, clustering } = parse(identityServerToml({ ...configuration, clusterService: 'identity-server' }));
  assert.equal((server as TomlTable).node_ip, '$env{NODE_IP}');
  // Tables of the parser have no prototype.
  assert.deepEqual(structuredClone(clustering), {
    membership_scheme: 'kubernetes',
    domain: 'cdr-stack.identity-server',
    local_member_host: '$env{NODE_IP}',
    local_member_port: '4000',
    properties: {
      KUBERNETES_NAMESPACE: '$env{POD_NAMESPACE}',
      KUBERNETES_SERVICES: 'identity-server',
    },
  });
  const single = parse(identityServerToml(configuration));
  assert.equal((single.server as TomlTable).node_ip, '$env{NODE_IP}');
  assert.ok(!('clustering' in single));
});
