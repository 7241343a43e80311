import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variablesOf } from '../testing/kubernetes-object.ts';
import { objectOf, objectsOf, recordStack } from '../testing/recorded-stack.ts';
import { sampleCertificates } from '../testing/sample-certificates.ts';
import { canaries, deployedDatabase, externalDatabase } from '../testing/sample-settings.ts';
import { sampleStack } from '../testing/sample-stack.ts';

const { stack: embedded, settings } = await sampleStack();
const deployed = await recordStack({ ...settings, ...deployedDatabase });

test('dcr-service keeps its registrations in PostgreSQL: no volume, replicas that are replaced one by one', () => {
  const { replicas, strategy, template } = objectOf(deployed, 'Deployment', 'dcr-service').spec;
  assert.equal(replicas, 2);
  assert.deepEqual([strategy.type, strategy.rollingUpdate], ['RollingUpdate', { maxSurge: 1, maxUnavailable: 0 }]);
  assert.ok(!objectsOf(deployed, 'PersistentVolumeClaim').some(({ name }) => name === 'dcr-service'));
  assert.ok(!template.spec.volumes.some(({ name }) => name === 'state'));
  const [container] = template.spec.containers;
  assert.ok(container);
  const told = variablesOf(container);
  assert.ok(!('DCR_DATABASE' in told));
  assert.equal(told.DCR_DATABASE_URL_FILE, '/run/cdr-stack/credentials/database-url');
  assert.equal(told.DCR_DATABASE_CA_FILE, '/run/cdr-stack/trust/database-ca.pem');
  const url = objectOf(deployed, 'Secret', 'dcr-service-credentials').stringData['database-url'];
  assert.equal(url, `postgresql://dcr:${canaries.dcrDatabasePassword}@database:5432/dcr`);
});

test('its password may hold any character, and its replicas are as many as the setting says', async () => {
  const stack = await recordStack({
    ...settings,
    ...externalDatabase,
    dcrDatabasePassword: 'p@ss:w/rd?%',
    dcrServiceReplicas: '3',
  });
  const url = new URL(objectOf(stack, 'Secret', 'dcr-service-credentials').stringData['database-url'] ?? '');
  assert.equal(decodeURIComponent(url.password), 'p@ss:w/rd?%');
  assert.equal(objectOf(stack, 'Deployment', 'dcr-service').spec.replicas, 3);
  assert.equal(objectOf(embedded, 'Deployment', 'dcr-service').spec.replicas, 1);
});

test('with service users it works as two of them, and holds no password of an administrator', async () => {
  const [container] = objectOf(embedded, 'Deployment', 'dcr-service').spec.template.spec.containers;
  assert.ok(container);
  const variables = variablesOf(container);
  assert.equal(variables.DCR_APIM_USERNAME, 'cdr-subscriber');
  assert.equal(variables.DCR_IS_USERNAME, 'cdr-registration');
  const { stringData } = objectOf(embedded, 'Secret', 'dcr-service-credentials');
  assert.equal(stringData['api-manager'], 'canary-subscriber');
  assert.equal(stringData['identity-server'], 'canary-registration');
});

test('without them it works as the administrator, as a stack does that has registrations of theirs', async () => {
  const { serviceUsers: _, ...others } = settings;
  const without = await recordStack(others);
  const { stringData } = objectOf(without, 'Secret', 'dcr-service-credentials');
  assert.equal(stringData['api-manager'], canaries.apiManagerPassword);
  assert.deepEqual(
    objectsOf(without, 'Secret').filter(({ name }) => name.startsWith('service-users')),
    [],
  );
});

test("dcr-service is given the recipients' CAs alone to judge recipients by, and beside them the platform's for its own calls", () => {
  const [container] = objectOf(embedded, 'Deployment', 'dcr-service').spec.template.spec.containers;
  assert.ok(container);
  const { DCR_RECIPIENT_CA_FILE, DCR_TRUST_FILE } = variablesOf(container);
  assert.equal(DCR_RECIPIENT_CA_FILE, '/run/cdr-stack/trust/recipients.pem');
  assert.equal(DCR_TRUST_FILE, '/run/cdr-stack/trust/servers.pem');
  const { data } = objectOf(embedded, 'ConfigMap', 'dcr-service-trust');
  const { cdrIssuing, cdrRoot, platform } = sampleCertificates;
  assert.equal(data['recipients.pem'], cdrIssuing + cdrRoot);
  assert.equal(data['servers.pem'], platform + cdrIssuing + cdrRoot);
});
