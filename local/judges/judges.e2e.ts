// What the programs render, before judges that know nothing of us: npm run test:e2e. Needs Go, and once the network: the judges are
// compiled and the schemas made, where they are not in the cache.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureTool } from '../toolchain/build.ts';
import { showProgress } from '../toolchain/progress.ts';
import { versions } from '../toolchain/tools.ts';
import { acceptedCriticals } from './accepted-criticals.ts';
import { type Critical, criticalsOf } from './kube-score.ts';
import { judgeBySchema } from './kubeconform.ts';
import { asYaml, type Manifest } from './manifests.ts';
import { type NamedManifests, renderedSets } from './rendered-sets.ts';
import { ensureSchemas, kubernetesReleases } from './schema-cache.ts';

const directory = await mkdtemp(join(tmpdir(), 'cdr-judges-'));
let programs: string;
let schemas: string;
let sets: (NamedManifests & { file: string })[];

before(async () => {
  programs = await ensureTool('judges', { onProgress: showProgress() });
  schemas = await ensureSchemas();
  sets = await Promise.all((await renderedSets()).map(async (set) => ({ ...set, file: await written(set) })));
});
after(() => rm(directory, { recursive: true }));

async function written({ name, manifests }: NamedManifests): Promise<string> {
  const file = join(directory, `${name.replaceAll(/\W+/g, '-')}.yaml`);
  await writeFile(file, asYaml(manifests));
  return file;
}

for (const release of kubernetesReleases) {
  test(`every object, custom resources too, is as the schemas of Kubernetes ${release} want it`, async () => {
    const verdicts = await judgeBySchema({ programs, schemas, release, files: sets.map(({ file }) => file) });
    assert.deepEqual(
      verdicts.filter(({ status }) => status !== 'statusValid'),
      [],
    );
    const objects = sets.flatMap(({ manifests }) => manifests);
    assert.equal(verdicts.length, objects.length);
    assert.deepEqual([...new Set(verdicts.map(({ kind }) => kind))].sort(), kinds);
  });

  test(`an object that is wrong is found by the schemas of Kubernetes ${release}`, async () => {
    const manifests = Object.entries(mistakes).map(([name, mistake]) => mistaken(name, mistake));
    const files = [await written({ name: `mistakes-${release}`, manifests })];
    const found = await judgeBySchema({ programs, schemas, release, files });
    assert.deepEqual(
      found
        .filter(({ status }) => status !== 'statusValid')
        .map(({ name }) => name)
        .sort(),
      Object.keys(mistakes).sort(),
    );
  });
}

test('what kube-score calls critical is accepted for a reason, object by object', async () => {
  const unaccepted = await criticals((one) => !acceptedCriticals.some((accepted) => covers(accepted, one)));
  assert.deepEqual(unaccepted, []);
});

test('every reason is still needed, for every object that it names', async () => {
  const found = await criticals(() => true);
  const idle = acceptedCriticals.flatMap(({ check, objects }) =>
    objects
      .filter((object) => !found.some((one) => one.check === check && one.object === object))
      .map((object) => `${check} ${object}`),
  );
  assert.deepEqual(idle, []);
});

const kinds = [
  'BackendTLSPolicy',
  'Certificate',
  'ConfigMap',
  'Deployment',
  'HTTPRoute',
  'Ingress',
  'Job',
  'Namespace',
  'NetworkPolicy',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'PodMonitor',
  'PrometheusRule',
  'Role',
  'RoleBinding',
  'Secret',
  'Service',
  'ServiceAccount',
  'TLSRoute',
];

/** By the kind: what a person could write wrongly, and what no schema of ours would find. */
const mistakes: Record<string, (object: Manifest) => Manifest> = {
  Deployment: (object) => ({ ...object, spec: { ...(object.spec as object), replica: 2 } }),
  NetworkPolicy: (object) => ({ ...object, spec: { policyTypes: 'Ingress', podSelector: {} } }),
  Service: (object) => ({ ...object, apiVersion: 'v2' }),
  Job: (object) => ({ ...object, spec: {} }),
  Certificate: (object) => ({ ...object, spec: { ...(object.spec as object), secret: 'misnamed' } }),
  TLSRoute: (object) => ({ ...object, spec: { ...(object.spec as object), hostnames: ['*'] } }),
  PodMonitor: (object) => ({
    ...object,
    spec: { ...(object.spec as object), podMetricsEndpoints: [{ interval: '30' }] },
  }),
};

function mistaken(kind: string, mistake: (object: Manifest) => Manifest): Manifest {
  const object = sets.flatMap(({ manifests }) => manifests).find((one) => one.kind === kind);
  assert.ok(object, kind);
  return mistake({ ...object, metadata: { ...object.metadata, name: kind } });
}

function covers({ check, objects }: (typeof acceptedCriticals)[number], one: Critical): boolean {
  return check === one.check && objects.includes(one.object);
}

async function criticals(wanted: (one: Critical) => boolean): Promise<(Critical & { set: string })[]> {
  const found = sets.map(async ({ name, file }) =>
    (await criticalsOf(programs, file, versions.kubernetes)).map((one) => ({ set: name, ...one })),
  );
  return (await Promise.all(found)).flat().filter(wanted);
}
