import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { parseSettings } from '../../scripts/settings.ts';
import { apiManagerByHand, provisioningOf } from '../processes/provisioning.ts';
import { kinds, others, type Servers } from './drift-kinds.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { tamperingServers } from './tampering-servers.ts';

let environment: FlowEnvironment;
let servers: Servers;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  await environment.provision();
  const { outputs, credentials } = await provisioningOf(environment);
  servers = tamperingServers(apiManagerByHand({ outputs, credentials }));
});
after(async () => {
  servers?.close();
  await environment?.stop();
});

/** What changes by itself, or with every write. */
const volatile =
  /^(id|policyId|lastUpdatedTime|lastUpdatedTimestamp|createdTime|updatedTime|revisionUuid|deployedTime|successDeployedTime|displayName|scopes|.*GatewayCount)$/;

const steady = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, member) => {
      if (volatile.test(name)) return undefined;
      if (Array.isArray(member)) return member.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      return typeof member === 'object' && member !== null
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member;
    }),
  );

/** Everything that API Manager holds, as far as its portals show it. */
async function fullState() {
  const { publisher, admin, devportal } = servers;
  const [keyManagers, apis, applications] = await Promise.all([
    admin.listKeyManagers().then((all) => Promise.all(all.map(({ id }) => admin.getKeyManager(id)))),
    publisher.listApis(),
    devportal.listApplications(),
  ]);
  const inFull = await Promise.all(
    apis.map(async ({ id }) => ({
      api: await publisher.getApi(id),
      definition: parse(await publisher.getDefinition(id)) as unknown,
      lifecycle: await publisher.lifecycleState(id),
      deployed: await publisher.listRevisions(id, { deployed: true }),
      policies: (await publisher.listPolicies(id)).map(({ name, md5 }) => [name, md5]),
    })),
  );
  return steady({ keyManagers, inFull, applications });
}

const drift = () => environment.provision({ drift: true, mode: 'plan' });

for (const { what, tamper, seenAs } of kinds) {
  test(`sees that ${what}, repairs it, and touches nothing else`, async () => {
    const asProvisioned = await fullState();
    await tamper(servers);
    const { changes, writes } = await drift();
    const named = changes.flatMap(({ step, fields }) => fields.map(({ path }) => `${step} ${path}`));
    assert.ok(named.includes(seenAs), `${seenAs} is not among\n${named.join('\n')}`);
    assert.deepEqual([writes, [...new Set(changes.map(({ cause }) => cause))]], [0, ['drift']]);

    await environment.provision({ without: ['probe'] });
    assert.deepEqual(await fullState(), asProvisioned);
  });
}

for (const { what, tamper } of others) {
  test(`leaves alone: ${what}`, async () => {
    await tamper(servers);
    const asTampered = await fullState();
    assert.deepEqual((await drift()).changes, []);
    const { writes } = await environment.provision({ without: ['probe'] });
    assert.equal(writes, 0);
    assert.deepEqual(await fullState(), asTampered);
  });
}

test('a declaration that changed is pending, not drift; so is a password that was rotated', async () => {
  const settings = parseSettings({ apis: [{ businessPlans: ['Unlimited', 'Bronze'] }] }, 'the test');
  const declared = await environment.provision({ drift: true, mode: 'plan', settings });
  assert.deepEqual(
    declared.changes.map(({ step, cause }) => [step, cause]),
    [
      ['endpoint', 'pending'],
      ['revision', 'pending'],
    ],
  );
  const { credentials } = await provisioningOf(environment);
  assert.ok(credentials.serviceUsers);
  const { connector } = credentials.serviceUsers;
  const serviceUsers = { ...credentials.serviceUsers, connector: { ...connector, password: 'another-one' } };
  const rotated = { ...credentials, serviceUsers };
  const { changes } = await environment.provision({ drift: true, mode: 'plan', credentials: rotated });
  assert.deepEqual(
    changes.map(({ step, cause, fields }) => [step, cause, fields.map(({ path }) => path)]),
    [
      ['identity-server-users', 'pending', ['password']],
      ['key-manager', 'pending', ['additionalProperties.Password']],
    ],
  );
});

test('a retired API is named, and refused before anything is written', async () => {
  await servers.reach('Deprecate', 'DEPRECATED');
  await servers.reach('Retire', 'RETIRED');
  const { changes } = await drift();
  assert.deepEqual(
    changes.map(({ resource, fields }) => [resource, fields]),
    [
      [
        'lifecycle of API CDRDynamicClientRegistrationAPI 0.2',
        [{ path: 'state', before: 'RETIRED', after: 'PUBLISHED' }],
      ],
    ],
  );
  await assert.rejects(
    environment.provision({ without: ['probe'] }),
    /is retired, from where no way leads back: declare another version, or delete it/,
  );
  assert.deepEqual((await drift()).changes, changes);
});
