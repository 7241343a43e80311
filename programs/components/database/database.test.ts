import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { containersOf, variablesOf } from '../../testing/kubernetes-object.ts';
import { objectOf, objectsOf, type RecordedStack, recordStack } from '../../testing/recorded-stack.ts';
import { sampleCertificates } from '../../testing/sample-certificates.ts';
import { canaries, deployedDatabase, externalDatabase } from '../../testing/sample-settings.ts';
import { podTemplates, sampleStack } from '../../testing/sample-stack.ts';

const { stack: embedded, settings } = await sampleStack();
const deployed = await recordStack({ ...settings, ...deployedDatabase });
const external = await recordStack({ ...settings, ...externalDatabase });
const inTheClear = await recordStack({
  ...settings,
  ...deployedDatabase,
  databaseTls: 'none',
  postgresCertificate: '',
  postgresKey: '',
});
const servers = ['api-manager', 'identity-server'] as const;

const databasesOf = (stack: RecordedStack, part: string) =>
  parse(objectOf(stack, 'ConfigMap', `${part}-configuration`).data['deployment.toml'] ?? '').database as TomlTable;
const urlsOf = (stack: RecordedStack, part: string) =>
  Object.fromEntries(
    Object.entries(databasesOf(stack, part)).map(([table, value]) => [table, (value as TomlTable).url]),
  );
const podOf = (stack: RecordedStack, part: string) => podTemplates(stack)[part] ?? assert.fail(`no pod of ${part}`);
const jobOf = (stack: RecordedStack, part: string) => objectOf(stack, 'Job', `${part}-schema`);

test('embedded: no PostgreSQL, no Job, no driver, and the servers use the databases in their images', () => {
  assert.ok(!('database' in podTemplates(embedded)));
  assert.deepEqual(objectsOf(embedded, 'Job'), []);
  for (const part of servers) {
    for (const url of Object.values(urlsOf(embedded, part)))
      assert.match(String(url), /^jdbc:h2:\.\/repository\/database\/WSO2\w+_DB;/);
    assert.deepEqual(
      podOf(embedded, part).spec.initContainers.map(({ name }) => name),
      ['prepare'],
    );
  }
});

test('a deployed PostgreSQL adds exactly these objects, and takes the volume of dcr-service away', () => {
  const kinds = [
    ...(['ConfigMap', 'Secret', 'Deployment', 'Job'] as const),
    ...(['PersistentVolumeClaim', 'Service', 'ServiceAccount'] as const),
  ];
  const objects = (stack: RecordedStack) =>
    kinds.flatMap((kind) => objectsOf(stack, kind).map(({ name }) => `${kind} ${name}`));
  const [before, now] = [objects(embedded), objects(deployed)];
  assert.deepEqual(
    before.filter((object) => !now.includes(object)),
    ['PersistentVolumeClaim dcr-service'],
  );
  const schemaOf = (part: string) => [
    `ConfigMap ${part}-schema-init`,
    `Job ${part}-schema`,
    `Secret ${part}-schema-credentials`,
    `ServiceAccount ${part}-schema`,
  ];
  assert.deepEqual(
    now.filter((object) => !before.includes(object)).sort(),
    [
      ...servers.flatMap(schemaOf),
      ...['database-init'].map((name) => `ConfigMap ${name}`),
      ...['database-credentials', 'database-tls'].map((name) => `Secret ${name}`),
      ...['Deployment', 'PersistentVolumeClaim', 'Service', 'ServiceAccount'].map((kind) => `${kind} database`),
    ].sort(),
  );
});

test('each server gets its own two databases, with TLS and the name in the certificate', () => {
  const query = (home: string) =>
    `?sslmode=verify-full&amp;sslrootcert=/home/wso2carbon/${home}/repository/resources/security/database-ca.pem`;
  assert.deepEqual(urlsOf(deployed, 'api-manager'), {
    apim_db: `jdbc:postgresql://database:5432/apim${query('wso2am-4.7.0')}`,
    shared_db: `jdbc:postgresql://database:5432/apim_shared${query('wso2am-4.7.0')}`,
    // What it remembers of its index stays beside that.
    local: 'jdbc:h2:./repository/database/WSO2CARBON_DB;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=60000',
  });
  assert.deepEqual(urlsOf(external, 'identity-server'), {
    identity_db: `jdbc:postgresql://db.example:5432/identity${query('wso2is-7.3.0')}`,
    shared_db: `jdbc:postgresql://db.example:5432/identity_shared${query('wso2is-7.3.0')}`,
  });
  assert.equal(urlsOf(inTheClear, 'api-manager').apim_db, 'jdbc:postgresql://database:5432/apim');
});

test('every client has the CA to trust: the one that was named, or those of the servers', () => {
  const inConfiguration = (stack: RecordedStack) =>
    servers.map((part) => objectOf(stack, 'ConfigMap', `${part}-configuration`).data['database-ca.pem']);
  const elsewhere = (stack: RecordedStack) => [
    ...servers.map((part) => objectOf(stack, 'ConfigMap', `${part}-schema-init`).data['database-ca.pem']),
    objectOf(stack, 'ConfigMap', 'dcr-service-trust').data['database-ca.pem'],
  ];
  const named = new Set([sampleCertificates.other.trim()]);
  assert.deepEqual([new Set(inConfiguration(external)), new Set(elsewhere(external))], [named, named]);
  // Servers' pods have the declared CAs, of which their init step makes the file: a change of trust reaches it.
  assert.deepEqual(new Set(inConfiguration(deployed)), new Set([undefined]));
  assert.deepEqual(new Set(elsewhere(deployed)), new Set([sampleCertificates.platform]));
  assert.deepEqual(new Set(elsewhere(inTheClear)), new Set([undefined]));
});

test('the deployed PostgreSQL has the users, each with databases of its own, and takes encrypted connections only', () => {
  const { spec } = podOf(deployed, 'database');
  const [prepare, server] = containersOf({ ...podOf(deployed, 'database') });
  assert.ok(prepare && server);
  assert.deepEqual(prepare.command.slice(2), [
    'wso2:PASSWORD_0:apim,apim_shared,identity,identity_shared',
    'dcr:PASSWORD_1:dcr',
  ]);
  assert.equal(variablesOf(prepare).CONNECTIONS, 'hostssl');
  assert.ok(server.command.includes('ssl=on'));
  assert.deepEqual(objectOf(deployed, 'Secret', 'database-credentials').stringData, {
    PASSWORD_0: canaries.databasePassword,
    PASSWORD_1: canaries.dcrDatabasePassword,
  });
  const state = spec.volumes.find(({ name }) => name === 'state');
  assert.equal(state?.persistentVolumeClaim.claimName, 'database');
  // Official images declare volumes beneath /var/lib/postgresql, and what the runtime mounts there is gone with the pod.
  for (const { volumeMounts } of [prepare, server])
    assert.equal(volumeMounts.find(({ name }) => name === 'state')?.mountPath, '/var/lib/cdr-stack');
  assert.equal(variablesOf(prepare).PGDATA, '/var/lib/cdr-stack/data');
  assert.deepEqual(
    objectOf(deployed, 'Service', 'database').spec.ports.map(({ port }) => port),
    [5432],
  );
});

test('without a certificate the deployed PostgreSQL is plain, and its pod has no key', () => {
  const [prepare, server] = containersOf(podOf(inTheClear, 'database'));
  assert.equal(prepare && variablesOf(prepare).CONNECTIONS, 'host');
  assert.ok(!server?.command.includes('ssl=on'));
  assert.ok(!podOf(inTheClear, 'database').spec.volumes.some(({ name }) => name === 'tls'));
});

test('an external PostgreSQL is not deployed, and its databases and users go by their names', async () => {
  assert.ok(!('database' in podTemplates(external)));
  const named = await recordStack({
    ...settings,
    ...externalDatabase,
    databasePort: '6432',
    databaseUser: 'wso2_prod',
    apiManagerDatabase: 'openbank_apimgtdb',
  });
  const { apim_db } = databasesOf(named, 'api-manager') as { apim_db: TomlTable };
  assert.match(String(apim_db.url), /^jdbc:postgresql:\/\/db\.example:6432\/openbank_apimgtdb\?/);
  assert.equal(apim_db.username, 'wso2_prod');
  assert.equal(apim_db.password, '$env{WSO2_DATABASE_PASSWORD}');
});

test("a Job makes each server's schemas of the scripts in that server's image, by PostgreSQL's own psql", () => {
  const { spec } = jobOf(deployed, 'identity-server').spec.template;
  const [scripts] = spec.initContainers;
  const [schema] = spec.containers;
  assert.ok(scripts && schema);
  assert.equal(scripts.image, 'emulator:a1');
  assert.deepEqual(scripts.command, [
    'cp',
    '-R',
    '/home/wso2carbon/wso2is-7.3.0/dbscripts/.',
    '/run/cdr-stack/dbscripts',
  ]);
  assert.equal(schema.image, 'postgres:17.6');
  assert.deepEqual(schema.command.slice(2), [
    'identity:idn_base_table:identity/postgresql.sql,consent/postgresql.sql,identity/agent/postgresql.sql',
    'identity_shared:um_tenant:postgresql.sql',
  ]);
  const { PGHOST, PGUSER, PGSSLMODE } = variablesOf(schema);
  assert.deepEqual([PGHOST, PGUSER, PGSSLMODE], ['database', 'wso2', 'verify-full']);
  assert.equal(spec.automountServiceAccountToken, false);
  assert.equal(spec.securityContext.runAsUser, 802, "the scripts are readable to the image's user");
  for (const { securityContext, resources } of [scripts, schema]) {
    assert.equal(securityContext.readOnlyRootFilesystem, true);
    assert.deepEqual(securityContext.capabilities.drop, ['ALL']);
    assert.ok(resources.limits);
  }
});

test('the Job is another one for another image, database or address, and the same one for another password', async () => {
  const nameOf = (stack: RecordedStack) => jobOf(stack, 'api-manager').metadata.name;
  const names = [nameOf(external)];
  for (const change of [
    { apiManagerImage: 'emulator:a2' },
    { apiManagerDatabase: 'other' },
    { databaseHost: 'other.example' },
    { databasePassword: 'another-password' },
  ] as Record<string, string>[])
    names.push(nameOf(await recordStack({ ...settings, ...externalDatabase, ...change })));
  assert.equal(new Set(names).size, 4);
  assert.equal(names.at(-1), names[0]);
});

test('the driver is copied out of the image that holds it', () => {
  for (const part of servers) {
    const [driver, prepare] = podOf(deployed, part).spec.initContainers;
    assert.equal(driver?.image, 'jdbc-driver:d4');
    assert.deepEqual(driver?.command, ['cp', '/postgresql.jar', '/run/cdr-stack/jdbc-driver/']);
    assert.equal(variablesOf(prepare as NonNullable<typeof driver>).JDBC_DRIVER, '/run/cdr-stack/jdbc-driver');
    const shared = [driver, prepare].map((step) => step?.volumeMounts.some(({ name }) => name === 'jdbc-driver'));
    assert.deepEqual(shared, [true, true]);
  }
});

test('or it is downloaded, and checked, by an image that has Node', () => {
  const [driver] = podOf(external, 'api-manager').spec.initContainers;
  assert.equal(driver?.image, 'dcr-service:b2');
  assert.deepEqual(driver?.command, [
    'node',
    '/run/cdr-stack/init/jdbc-driver.mts',
    externalDatabase.jdbcDriverUrl,
    externalDatabase.jdbcDriverSha256,
    '/run/cdr-stack/jdbc-driver/postgresql.jar',
  ]);
  assert.ok('jdbc-driver.mts' in objectOf(external, 'ConfigMap', 'api-manager-init').data);
  assert.ok(!('jdbc-driver.mts' in objectOf(deployed, 'ConfigMap', 'api-manager-init').data));
});

test('a change of the database rolls exactly those who read it', async () => {
  const rolled = await recordStack({ ...settings, ...deployedDatabase, dcrDatabasePassword: 'another-password' });
  const changed = objectsOf(rolled, 'Secret')
    .filter(({ name, inputs }) => JSON.stringify(inputs) !== JSON.stringify(objectOf(deployed, 'Secret', name)))
    .map(({ name }) => name);
  // PostgreSQL itself starts anew to take the new password.
  assert.deepEqual(changed.sort(), ['database-credentials', 'dcr-service-credentials']);
});
