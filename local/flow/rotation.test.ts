import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectApiManager } from '@cdr-stack/wso2';
import { secretEnvironment } from '../../programs/deployment-toml/stores.ts';
import { exitCodeOf } from '../../scripts/exit-codes.ts';
import type { ProvisionOptions } from '../../scripts/provisioning.ts';
import type { RotatedServer } from '../../scripts/rotation/administrator.ts';
import { type AdministratorsOptions, rotateAdministrators } from '../../scripts/rotation/administrators.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { administrator } from '../processes/secrets.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { type PulumiStandIn, standInForPulumi } from './testing/stand-in-for-pulumi.ts';

const rotate = fileURLToPath(new URL('../../scripts/rotate.ts', import.meta.url));
const template = await prepareTemplate();
const apiManagerKey = 'cdr-stack:apiManagerPassword';
const identityServerKey = 'cdr-stack:identityServerPassword';

let environment: FlowEnvironment;
let options: ProvisionOptions;
let pulumi: PulumiStandIn;

/** What `pulumi up` does with these servers: those whose Deployment is named get what the stack's settings say now. */
async function up(targets: string[]): Promise<void> {
  const settingOf = (key: string) => pulumi.settings.get(key)?.value ?? '';
  const passwords = { 'api-manager': settingOf(apiManagerKey), 'identity-server': settingOf(identityServerKey) };
  for (const [server, password] of Object.entries(passwords) as ['api-manager' | 'identity-server', string][])
    if (targets.includes(`**:Deployment::${server}*`)) await restart(server, password);
  if (!targets.includes('**:Deployment::dcr-service') || pulumi.settings.has('cdr-stack:serviceUsers')) return;
  await environment.end('dcr-service');
  const [DCR_APIM_PASSWORD, DCR_IS_PASSWORD] = [passwords['api-manager'], passwords['identity-server']];
  await environment.start('dcr-service', { DCR_APIM_PASSWORD, DCR_IS_PASSWORD });
}

async function restart(server: 'api-manager' | 'identity-server', password: string): Promise<void> {
  await environment.end(server);
  await environment.start(server, { [secretEnvironment.administratorPassword]: password });
}

async function begin(withServiceUsers: boolean): Promise<void> {
  environment = await startEnvironment(
    template,
    withServiceUsers
      ? {}
      : {
          dcr: ({ secrets }) => ({
            DCR_APIM_USERNAME: administrator,
            DCR_APIM_PASSWORD: secrets.apiManagerPassword,
            DCR_IS_USERNAME: administrator,
            DCR_IS_PASSWORD: secrets.identityServerPassword,
          }),
        },
  );
  options = await provisioningOf(environment);
  if (!withServiceUsers) options = { ...options, credentials: { ...options.credentials, serviceUsers: undefined } };
  await environment.provision(options);
  const { apiManagerPassword, identityServerPassword, serviceUsers } = environment.secrets;
  const secrets = { apiManagerPassword, identityServerPassword };
  const { outputs } = environment;
  pulumi = await standInForPulumi(
    outputs,
    withServiceUsers ? { ...secrets, serviceUsers: JSON.stringify(serviceUsers) } : secrets,
    up,
  );
}

async function end(): Promise<void> {
  await pulumi?.close();
  await environment?.stop();
}

const inProcess = (server: RotatedServer, more: Partial<AdministratorsOptions> = {}) =>
  rotateAdministrators({
    outputs: environment.outputs,
    stack: { choice: { stack: 'local', variables: pulumi.variables }, administrator: undefined },
    servers: [server],
    accounts: {},
    servicePath: options.credentials.apiManager.servicePath,
    supplied: undefined,
    ledger: options.ledger,
    mode: 'apply',
    timeoutSeconds: 60,
    ...more,
  });

/** Provisioning with what the stack's settings say now. */
function provisionAsConfigured(more: Partial<ProvisionOptions> = {}) {
  const account = (key: string) => ({
    ...options.credentials.apiManager,
    password: pulumi.settings.get(key)?.value ?? '',
  });
  const credentials = {
    ...options.credentials,
    apiManager: account(apiManagerKey),
    connector: account(identityServerKey),
  };
  return environment.provision({ ...options, credentials, ...more });
}

const apiManager = (password: string) =>
  connectApiManager(
    { url: environment.outputs.apiManager.url, ca: environment.outputs.trust.servers },
    { username: administrator, password },
  );

async function command(args: string[], env: Record<string, string> = {}) {
  const given = ['--disable-warning=ExperimentalWarning', rotate, 'admin-password', ...args];
  const { servicePath } = options.credentials.apiManager;
  const variables = { ...pulumi.variables, CDR_STACK_APIM_SERVICE_PATH: servicePath, ...env };
  return promisify(execFile)(process.execPath, given, { env: variables as NodeJS.ProcessEnv }).then(
    ({ stdout, stderr }) => ({ exitCode: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ exitCode: code as number, stdout: String(stdout), stderr: String(stderr) }),
  );
}

describe('an environment with service users', () => {
  before(() => begin(true));
  after(end);

  const onStack = () => ['--stack', 'local', '--ledger', environment.state.ledger];

  test('a plan shows the steps, and changes nothing', async () => {
    const before = [...pulumi.settings];
    const { stdout, exitCode } = await command([...onStack(), '--plan', '--json']);
    assert.equal(exitCode, 0);
    assert.deepEqual(
      JSON.parse(stdout).servers.map(({ steps }: { steps: string[] }) => steps),
      Array(2).fill(['note', 'user-store', 'configuration', 'restart', 'proof']),
    );
    assert.deepEqual([...pulumi.settings], before);
    assert.deepEqual((await provisionAsConfigured()).changes, []);
  });

  test('the command rotates both: the new passwords work everywhere, the old ones nowhere, and no output shows one', async () => {
    const old = [apiManagerKey, identityServerKey].map((key) => pulumi.settings.get(key)?.value ?? '');
    const { stdout, stderr, exitCode } = await command([...onStack(), '--json']);
    assert.equal(exitCode, 0, stderr);
    const now = [apiManagerKey, identityServerKey].map((key) => pulumi.settings.get(key)?.value ?? '');
    assert.equal(new Set([...old, ...now]).size, 4);
    assert.deepEqual(
      [...pulumi.settings.keys()].filter((key) => key.startsWith('cdr-stack-rotation')),
      [],
    );
    for (const password of [...old, ...now]) {
      assert.ok(!`${stdout}${stderr}${JSON.stringify(pulumi.calls)}`.includes(password));
    }
    await assert.rejects(apiManager(old[0] ?? '').admin.settings(), { code: 'unauthorized' });
    const recipient = environment.recipient();
    assert.equal((await recipient.register(await recipient.registrationRequest())).status, 201);
    assert.deepEqual((await provisionAsConfigured({ mode: 'plan', drift: true })).changes, []);
  });

  test('a password that is no good, or one for two servers, is refused before anything is changed', async () => {
    const writes = environment.writes().length;
    const refused = (more: Partial<AdministratorsOptions>) => inProcess('API Manager', more);
    await assert.rejects(refused({ supplied: 'short' }), { name: 'InvocationError', message: /8 to 30 characters/ });
    const { stderr, exitCode } = await command(onStack(), { CDR_STACK_NEW_PASSWORD: 'Cdr1-one-for-two' });
    assert.deepEqual([exitCode, /name the server with --server/.test(stderr)], [2, true]);
    assert.equal(environment.writes().length, writes);
  });

  test('the wrong way round locks API Manager out of itself, and the command heals it', async () => {
    const present = pulumi.settings.get(apiManagerKey)?.value ?? '';
    const configured = 'Cdr1-in-the-toml-alone';
    pulumi.settings.set(apiManagerKey, { value: configured, secret: true });
    await restart('api-manager', configured);

    const { status } = await environment.recipient().register(await environment.recipient().registrationRequest());
    assert.equal(status, 404);
    assert.equal((await apiManager(present).gateway.health()).operational, false);
    await assert.rejects(apiManager(configured).admin.settings(), { code: 'unauthorized' });

    // The settings say what no server knows.
    await assert.rejects(inProcess('API Manager'), (error: Error) => {
      assert.match(error.message, /was changed elsewhere\. Give the present one by CDR_STACK_APIM_PASSWORD/);
      return exitCodeOf(error) === 3;
    });
    await inProcess('API Manager', { accounts: { 'API Manager': { username: administrator, password: present } } });
    const again = await environment.recipient().register(await environment.recipient().registrationRequest());
    assert.notEqual(again.status, 404);
    assert.deepEqual((await provisionAsConfigured({ mode: 'plan', drift: true })).changes, []);
  });

  // Between each step and the next; the one between user store and settings is where the wrong way round would begin.
  const points = [
    ['noted', 'after', 'config set --secret cdr-stack-rotation:apiManagerPassword'],
    ['in the user store alone', 'before', `config set --secret ${apiManagerKey}`],
    ['in the settings, and not in the pods', 'before', 'up --yes'],
    ['in the pods', 'before', 'config rm cdr-stack-rotation:apiManagerPassword'],
  ] as const;
  for (const [state, when, point] of points) {
    test(`interrupted when the new password is ${state}, the next run brings it everywhere`, async () => {
      const old = pulumi.settings.get(apiManagerKey)?.value ?? '';
      pulumi.killed = (args) => (args.join(' ').startsWith(point) ? when : undefined);
      await assert.rejects(inProcess('API Manager'), { name: 'PulumiError' });
      const noted = pulumi.settings.get('cdr-stack-rotation:apiManagerPassword')?.value;
      pulumi.killed = () => undefined;
      await inProcess('API Manager');
      const now = pulumi.settings.get(apiManagerKey)?.value ?? '';
      assert.deepEqual([now, now !== old], [noted, true]);
      assert.ok(!pulumi.settings.has('cdr-stack-rotation:apiManagerPassword'));
      await assert.rejects(apiManager(old).admin.settings(), { code: 'unauthorized' });
      assert.deepEqual(await apiManager(now).isOperational(), { operational: true });
    });
  }

  test('a user store that refuses says so, keeps the present password, and the next run may bring another', async () => {
    const before = pulumi.settings.get(identityServerKey);
    environment
      .faults('identity-server')
      .set([{ method: 'PATCH', path: '/scim2/Users/{id}', effect: { status: 400, body: { detail: 'too simple' } } }]);
    await assert.rejects(inProcess('Identity Server'), { code: 'rejected' });
    assert.deepEqual(pulumi.settings.get(identityServerKey), before);
    assert.ok(!pulumi.settings.has('cdr-stack-rotation:identityServerPassword'));
    // The answer is lost, and the client's second try is refused: with the password that counted before.
    environment
      .faults('identity-server')
      .set([{ method: 'PATCH', path: '/scim2/Users/{id}', effect: { reset: 'after' } }]);
    await inProcess('Identity Server', { supplied: 'Cdr1-brought-by-a-person' });
    assert.equal(pulumi.settings.get(identityServerKey)?.value, 'Cdr1-brought-by-a-person');
  });

  test('for servers outside a stack the user store is changed, and the remaining steps are printed', async () => {
    const present = pulumi.settings.get(apiManagerKey)?.value ?? '';
    const file = join(environment.state.path, 'ca.pem');
    await writeFile(file, environment.outputs.trust.servers);
    const { apiManager: apim, identityServer } = environment.outputs;
    const { stdout, stderr, exitCode } = await command(
      [
        '--server',
        'api-manager',
        '--apim',
        apim.url,
        '--is',
        identityServer.url,
        '--ca',
        file,
        '--ledger',
        environment.state.ledger,
      ],
      {
        CDR_STACK_APIM_USERNAME: administrator,
        CDR_STACK_APIM_PASSWORD: present,
        CDR_STACK_NEW_PASSWORD: 'Cdr1-for-a-server-of-yours',
      },
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^API Manager, admin: user-store, proof$/m);
    assert.match(stderr, /next: give API Manager the new password as \[super_admin\] password .* and restart it/);
    await apiManager('Cdr1-for-a-server-of-yours').admin.settings();
  });
});

describe('an environment whose parts work as the administrators', () => {
  before(() => begin(false));
  after(end);

  test("API Manager's connector and dcr-service follow, and a product can be registered", async () => {
    for (const server of ['API Manager', 'Identity Server'] as const) {
      const { servers } = await inProcess(server);
      assert.equal(servers[0]?.steps.includes('key-manager'), server === 'Identity Server');
    }
    const recipient = environment.recipient();
    assert.equal((await recipient.register(await recipient.registrationRequest())).status, 201);
    assert.deepEqual((await provisionAsConfigured({ mode: 'plan', drift: true })).changes, []);
  });
});
