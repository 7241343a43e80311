import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectApiManager, connectIdentityServer } from '@cdr-stack/wso2';
import { renderChanges } from '../../scripts/engine/render.ts';
import { exitCodeOf } from '../../scripts/exit-codes.ts';
import type { ProvisionOptions } from '../../scripts/provisioning.ts';
import type { ServiceUsers } from '../../scripts/service-users.ts';
import { apiManagerByHand, provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

let environment: FlowEnvironment;
let options: ProvisionOptions;
let users: ServiceUsers;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  options = await provisioningOf(environment);
  assert.ok(options.credentials.serviceUsers);
  users = options.credentials.serviceUsers;
  await environment.provision();
});
after(async () => {
  await environment?.stop();
});

const access = () => ({ url: environment.outputs.apiManager.url, ca: environment.outputs.trust.servers });
const asAdministrator = () => connectApiManager(access(), options.credentials.apiManager);
const identityServer = (account = options.credentials.connector) => {
  assert.ok(account);
  const { outputs } = environment;
  return connectIdentityServer({ url: outputs.identityServer.url, ca: outputs.trust.servers }, account);
};
const drift = async () => (await environment.provision({ mode: 'plan', drift: true })).changes;

test('APIs are the publisher’s, applications dcr-service’s, and neither is the administrator', async () => {
  const { publisher, devportal } = apiManagerByHand(options);
  const api = await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2');
  assert.equal((await publisher.getApi(api?.id ?? '')).provider, users.publisher.username);

  const { status } = await environment.recipient().register(await environment.recipient().registrationRequest());
  assert.equal(status, 201);
  assert.equal((await devportal.listApplications()).length, 1);
  assert.equal((await asAdministrator().devportal.listApplications()).length, 0);
});

test('each of them is refused what another is there for', async () => {
  const refused = { name: 'Wso2Error', code: 'scope-not-granted' };
  const as = (account: ServiceUsers['publisher'], area: 'publisher' | 'admin' | 'devportal') =>
    connectApiManager(access(), { ...options.credentials.apiManager, ...account }, { areas: [area] });
  await assert.rejects(as(users.publisher, 'admin').admin.settings(), refused);
  await assert.rejects(as(users.publisher, 'devportal').devportal.listApplications(), refused);
  await assert.rejects(as(users.subscriber, 'publisher').publisher.settings(), refused);
  await assert.rejects(as(users.subscriber, 'admin').users.remove(users.publisher.username), {
    status: 500,
    code: 'forbidden',
  });

  const { scim } = identityServer(users.registration);
  await assert.rejects(scim.findUser('admin'), { code: 'forbidden' });
  await assert.rejects(identityServer(users.connector).scim.removeUser('of-nobody'), { code: 'forbidden' });
});

test('a role that somebody gave or took is seen as drift, named, and put right', async () => {
  const { username } = users.subscriber;
  const administrator = asAdministrator();
  await administrator.users.changeRoles(username, { remove: ['Internal/subscriber'], add: ['admin'] });
  const { scim } = identityServer();
  const role = await scim.findRole('/scim2/v2/Roles', users.registration.username);
  assert.ok(role);
  const everything = [...(role.permissions ?? []), 'internal_user_mgt_delete'];
  const members = (role.users ?? []).map(({ value }) => value);
  await scim.changeRole('/scim2/v2/Roles', role.id, { permissions: everything, users: members });

  const seen = await environment.provision({
    mode: 'plan',
    drift: true,
    only: ['api-manager-users', 'identity-server-users'],
  });
  assert.deepEqual(
    seen.changes.map(({ resource, cause }) => [resource, cause]),
    [
      [`user ${username} of API Manager (subscriber)`, 'drift'],
      [`user ${users.registration.username} of Identity Server (registration)`, 'drift'],
    ],
  );
  assert.match(renderChanges(seen.changes), /roles: \["admin"\] -> \["Internal\/subscriber"\]/);
  await environment.provision({ only: ['api-manager-users', 'identity-server-users'] });
  assert.deepEqual(await drift(), []);
});

test('another password is applied once, shown as a secret, and used from then on', async () => {
  const changed = Object.fromEntries(
    Object.entries(users).map(([user, account]) => [user, { ...account, password: `Cdr2-of-the-${user}` }]),
  ) as ServiceUsers;
  const credentials = { ...options.credentials, serviceUsers: changed };
  const { changes } = await environment.provision({ credentials });
  assert.deepEqual(
    changes.map(({ step, fields }) => [step, fields.map(({ path, after }) => `${path} ${after}`).join()]),
    [
      ['api-manager-users', 'password *****'],
      ['api-manager-users', 'password *****'],
      ['identity-server-users', 'password *****'],
      ['identity-server-users', 'password *****'],
      ['key-manager', 'additionalProperties.Password *****'],
    ],
  );
  const again = await environment.provision({ credentials });
  assert.deepEqual([again.changes, again.writes], [[], 0]);
  await environment.provision();
});

test('a user that is gone, has lost its roles or has another password is drift that apply puts right', async () => {
  const administrator = asAdministrator();
  const { scim } = identityServer();
  const remove = async (username: string) => scim.removeUser((await scim.findUser(username))?.id ?? '');
  const losses: [what: string, lose: () => Promise<unknown>, path: string][] = [
    ['publisher gone', () => administrator.users.remove(users.publisher.username), 'owner'],
    ['subscriber gone', () => administrator.users.remove(users.subscriber.username), 'owner'],
    [
      'password of the publisher',
      () => administrator.users.setPassword(users.publisher.username, 'by-hand-1'),
      'password',
    ],
    [
      'role of the subscriber',
      () => administrator.users.changeRoles(users.subscriber.username, { remove: ['Internal/subscriber'], add: [] }),
      'roles',
    ],
    ['connector gone', () => remove(users.connector.username), 'owner'],
  ];
  for (const [what, lose, path] of losses) {
    await lose();
    const seen = await drift();
    assert.equal(seen.length, 1, what);
    assert.equal(seen[0]?.fields[0]?.path, path, what);
    if (path === 'password') assert.match(renderChanges(seen), /API Manager refuses the password that was last set/);
    await environment.provision();
    const again = await environment.provision();
    assert.deepEqual([again.changes, again.writes], [[], 0], what);
  }
});

test('a role of that name that others have is left alone before anything is written', async () => {
  const { scim } = identityServer();
  const { username } = users.registration;
  const role = await scim.findRole('/scim2/v2/Roles', username);
  assert.ok(role);
  const other = await scim.addUser({ userName: 'somebody-else', password: 'Cdr3-somebody-else' });
  await scim.changeRole('/scim2/v2/Roles', role.id, { permissions: ['internal_login'], users: [other.id] });
  const writes = environment.writes().length;
  await assert.rejects(
    environment.provision(),
    /role cdr-registration of Identity Server exists and is not owned by any environment/,
  );
  assert.equal(environment.writes().length, writes);
  await environment.provision({ adopt: true });
  assert.deepEqual(await drift(), []);
  await scim.removeUser(other.id);
});

test('a user of that name whom somebody else made is left alone before anything is written', async () => {
  const { users: store } = asAdministrator();
  await store.setExternalId(users.publisher.username, 'made-by-hand');
  const writes = environment.writes().length;
  await assert.rejects(environment.provision(), (error: Error) => {
    assert.match(
      error.message,
      /user cdr-publisher of API Manager \(publisher\) exists and is not owned by any environment/,
    );
    return exitCodeOf(error) === 5;
  });
  assert.equal(environment.writes().length, writes);
  await environment.provision({ adopt: true });
  assert.deepEqual(await drift(), []);
});

test('without declared service users provisioning works as the administrator, and leaves existing users alone', async () => {
  const credentials = { ...options.credentials, serviceUsers: undefined };
  const { changes } = await environment.provision({ credentials, mode: 'plan' });
  assert.deepEqual(
    changes.map(({ resource }) => resource),
    ['key manager OBKM'],
  );
  assert.ok(await asAdministrator().users.find(users.publisher.username));
});
