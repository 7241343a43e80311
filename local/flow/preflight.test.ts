import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectApiManager } from '@cdr-stack/wso2';
import { renderChanges } from '../../scripts/engine/render.ts';
import { exitCodeOf } from '../../scripts/exit-codes.ts';
import { parseSettings } from '../../scripts/settings.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
});
after(async () => {
  await environment?.stop();
});

test('all faults are reported at once, before anything is written', async () => {
  const definition = join(environment.state.path, 'broken.yaml');
  await writeFile(definition, 'openapi: 3.0.3\ninfo: { title: Broken }\npaths: { /a: { get: {} } }\n');
  const foreign = { certificate: 'foreign.pem', key: 'foreign.key' };
  const [certificate, key] = await Promise.all(
    Object.values(foreign).map((name) => readFile(join(environment.state.pki, name), 'utf8')),
  );
  const settings = parseSettings(
    {
      apis: [
        {
          definition,
          businessPlans: ['Platinum'],
          keyManagers: ['OBKM', 'Other'],
          gateways: [{ environment: 'Edge' }],
        },
      ],
      keyManager: { type: 'WSO2-IS-8' },
    },
    'the test',
  );
  const probe = { certificate: certificate ?? '', key: key ?? '' };
  await assert.rejects(environment.provision({ settings, probe, only: ['preflight'] }), (error: Error) => {
    for (const said of [
      /does not know key managers of type WSO2-IS-8 \(did you mean WSO2-IS-7\?\); it offers: .*WSO2-IS-7/,
      /OpenAPI of API CDRDynamicClientRegistrationAPI: info must have required property 'version'/,
      /paths\.\/a\.get must have required property 'responses'/,
      /there is no business plan Platinum; there are: .*Unlimited/,
      /there is no key manager Other; there are: .*OBKM/,
      /no gateway environment Edge; it has: Default/,
      /the probe's certificate: .* leads to none of the recipients' CAs/,
    ]) {
      assert.match(error.message, said);
    }
    return exitCodeOf(error) === 1;
  });
  assert.deepEqual(environment.writes(), []);
});

test('who would lose the resident key manager is named in the plan, and asked for', async () => {
  const { outputs, credentials } = await provisioningOf(environment);
  const server = connectApiManager({ url: outputs.apiManager.url, ca: outputs.trust.servers }, credentials.apiManager);
  const paths = { '/menu': { get: { responses: { 200: { description: 'ok' } } } } };
  const pizza = { openapi: '3.0.3', info: { title: 'Pizza', version: '1' }, paths };
  const made = { name: 'Pizza', version: '1', context: '/pizza', policies: ['Gold'] };
  await server.publisher.importOpenApi(JSON.stringify(pizza), made);
  const { applicationId } = await server.devportal.createApplication({ name: 'shop', throttlingPolicy: 'Unlimited' });
  await server.devportal.generateKeys(applicationId, {
    keyType: 'PRODUCTION',
    keyManager: 'Resident Key Manager',
    grantTypesToBeSupported: ['client_credentials'],
  });
  // The list of APIs lags behind.
  while (!(await server.publisher.findApi('Pizza', '1')));
  server.close();

  const { changes } = await environment.provision({ mode: 'plan' });
  assert.match(
    renderChanges(changes.filter(({ step }) => step === 'resident-key-manager')),
    /^~ key manager Resident Key Manager\n.*--yes\n {4}! API Pizza 1 \(key managers: all\)\n {4}! application shop\n {4}~ enabled: true -> false$/,
  );
  const writes = environment.writes().length;
  await assert.rejects(environment.provision(), (error: Error) => {
    assert.match(error.message, /used by others, who would lose it: API Pizza 1 .*; application shop\. --yes/);
    return exitCodeOf(error) === 5;
  });
  assert.equal(environment.writes().length, writes);
  await environment.provision({ yes: true });
});
