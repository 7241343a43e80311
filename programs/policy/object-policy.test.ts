import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { recordStack } from '../testing/recorded-stack.ts';
import { productionSettings } from '../testing/sample-settings.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { objectFaults } from './object-policy.ts';

const fit = {
  name: 'server',
  image: 'registry.example/server:1.2',
  resources: { limits: { memory: '1Gi' } },
  env: [{ name: 'STORE_PASSWORD', valueFrom: {} }],
};

/** The faults of a Deployment with this container. */
const faultsOf = (container: object, user: object = { runAsNonRoot: true, runAsUser: 802 }) =>
  objectFaults('kubernetes:apps/v1:Deployment', {
    spec: { template: { spec: { securityContext: user, containers: [container] } } },
  });

test('a container that is fit for production has no fault', () => assert.deepEqual(faultsOf(fit), []));

const unfit: [what: string, container: object, fault: RegExp][] = [
  ['the tag latest', { image: 'server:latest' }, /^container server has the image server:latest: /],
  ['no image', { image: undefined }, /^container server has the image \(none\): name a tag/],
  ['no tag', { image: 'registry.example:5000/server' }, /has the image registry\.example:5000\/server: /],
  ['no memory limit', { resources: { limits: { cpu: '1' } } }, /has no memory limit/],
  ['user 0', { securityContext: { runAsUser: 0 } }, /may run as root/],
  ['root allowed', { securityContext: { runAsNonRoot: false } }, /may run as root/],
  ['a password in clear', { env: [{ name: 'DB_PASSWORD', value: 'x-y-z' }] }, /has DB_PASSWORD in clear/],
];
for (const [what, changes, fault] of unfit) {
  test(`a container with ${what} has one fault, which shows no value`, () => {
    const [found, ...others] = faultsOf({ ...fit, ...changes });
    assert.match(found ?? '', fault);
    assert.deepEqual(others, []);
    assert.doesNotMatch(found ?? '', /x-y-z/);
  });
}

test('an init step and a Job are judged like a server', () => {
  const spec = { template: { spec: { initContainers: [{ name: 'step', image: 'a:b' }], containers: [] } } };
  assert.equal(objectFaults('kubernetes:batch/v1:Job', { spec }).length, 2);
});

test('a workload whose pods cannot be judged is refused', () => {
  assert.equal(objectFaults('kubernetes:batch/v1:CronJob', { spec: { jobTemplate: {} } }).length, 1);
});

test('objects in which nothing runs and nothing is in clear are not judged', () => {
  assert.deepEqual(
    objectFaults('kubernetes:core/v1:Secret', { stringData: { 'a.key': '-----BEGIN PRIVATE KEY-----' } }),
    [],
  );
  assert.deepEqual(objectFaults('kubernetes:core/v1:ConfigMap', {}), []);
});

test('configuration may name no H2 database and hold no secret', () => {
  const data = {
    'a.toml': 'url = "jdbc:h2:./x"',
    'b.pem': '-----BEGIN PRIVATE KEY-----',
    'c.toml': 'password = "x-y-z"',
    'd.toml': 'password = "$env{DB_PASSWORD}"',
    'e.toml': '[database.shared_db]\nurl = "jdbc:h2:./x"\n\n[database.local]\nurl = "jdbc:h2:./y"\n',
    // What API Manager remembers of its index is of each server, beside it, and of no worth without it.
    'f.toml': '[database.local]\nurl = "jdbc:h2:./y"\npassword = "wso2carbon"\n\n[indexing]\nlocation = "z"\n',
    'g.toml': '[database.local]\nurl = "jdbc:h2:./y"\n\n[truststore]\npassword = "x-y-z"\n',
  };
  assert.deepEqual(
    objectFaults('kubernetes:core/v1:ConfigMap', { data }).map((fault) => fault.slice(0, 6)),
    ['a.toml', 'b.pem ', 'c.toml', 'e.toml', 'g.toml'],
  );
});

test('a whole production stack passes, and is the same with the policy as without it', async () => {
  const settings = await productionSettings(temporaryDirectory());
  // What production means for its data is another matter.
  const without = await recordStack({ ...settings, keepData: 'true' }, 'prod');
  const checked = await recordStack({ ...settings, production: 'true' }, 'prod');
  const sorted = ({ resources }: typeof checked) =>
    resources.toSorted((a, b) => (a.type + a.name < b.type + b.name ? -1 : 1));
  assert.deepEqual(sorted(checked), sorted(without));
});

test('an object that is not fit is not handed to the engine, and the program fails', async () => {
  const program = fileURLToPath(new URL('testing/unfit-program.ts', import.meta.url));
  await assert.rejects(promisify(execFile)(process.execPath, [program]), ({ code, stdout, stderr }) => {
    assert.equal(code, 1);
    assert.deepEqual(stdout.split('\n').slice(1), ['fit', '']);
    assert.match(stderr, /ConfigMap unfit is not fit for production:\n {2}file holds a password in clear/);
    return true;
  });
});
