import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, type V1ObjectMeta } from '@kubernetes/client-node';
import { z } from 'zod';
import { openKubeconfig } from '../../scripts/kubernetes/kubeconfig.ts';
import type { TargetCluster } from './target-cluster.ts';

const lock = z.looseObject({ pid: z.number(), hostname: z.string() });
const state = z.looseObject({
  checkpoint: z.looseObject({
    latest: z
      .looseObject({
        pending_operations: z.array(z.unknown()).nullish(),
        resources: z.array(z.looseObject({ id: z.string().optional() })).nullish(),
      })
      .nullish(),
  }),
});

/**
 * Whether a Pulumi that is no more has left its lock in a file backend.
 *
 * @throws {Error} when the owner of a lock lives, or cannot be asked.
 */
export async function hasStaleLock(backend: string): Promise<boolean> {
  const locks = join(backend, '.pulumi', 'locks');
  const files = (await readdir(locks, { recursive: true }).catch(() => [])).filter((name) => name.endsWith('.json'));
  for (const file of files) {
    // One that cannot be read was being written when its owner was killed, or has gone since.
    const text = await readFile(join(locks, file), 'utf8').catch(() => '');
    const owner = text === '' ? undefined : lock.safeParse(JSON.parse(text)).data;
    if (owner === undefined || !(await lives(owner))) continue;
    throw new Error(
      `Pulumi is running on the stack local (process ${owner.pid} on ${owner.hostname}): wait until it has finished, or stop it with Ctrl-C.`,
    );
  }
  return files.length > 0;
}

/**
 * Removes what a Pulumi that was killed has half written beside the files of a file backend: their attributes (`*.json.attrs`). A file
 * itself is moved to its place when it is whole, its attributes are written in place, and read first: from then on whatever Pulumi is
 * asked fails with "EOF". Without attributes a file stands for itself.
 */
export async function removeTornAttributes(backend: string): Promise<void> {
  const directory = join(backend, '.pulumi');
  const files = (await readdir(directory, { recursive: true }).catch(() => [])).filter((name) =>
    name.endsWith('.attrs'),
  );
  const isTorn = (text: string) => {
    try {
      JSON.parse(text);
      return false;
    } catch {
      return true;
    }
  };
  await Promise.all(
    files.map(async (name) => {
      const file = join(directory, name);
      if (isTorn(await readFile(file, 'utf8').catch(() => '{}'))) await rm(file, { force: true });
    }),
  );
}

/** A process of that number, and still a Pulumi: numbers are given again. Of another machine nothing is known, so it lives. */
async function lives(owner: z.output<typeof lock>): Promise<boolean> {
  if (owner.hostname !== hostname()) return true;
  const commandLine = await readFile(`/proc/${owner.pid}/cmdline`, 'utf8').catch(() => '');
  return /pulumi/.test(commandLine.split('\0')[0] ?? '');
}

/** Whether there are pending operations with an unknown result. */
export async function hasPendingOperations(stateFile: string): Promise<boolean> {
  return ((await readState(stateFile))?.pending_operations?.length ?? 0) > 0;
}

/**
 * Removes what Pulumi made and could not note: the ConfigMaps and Secrets of the namespace that it names by their content and
 * that its state does not know. What has a name of its own is found by it, and adopted.
 *
 * @returns how many there were.
 */
export async function removeOrphans(
  stateFile: string,
  { namespace, ...cluster }: TargetCluster & { namespace: string },
): Promise<number> {
  const known = new Set((await readState(stateFile))?.resources?.map(({ id }) => id));
  const core = openKubeconfig(cluster).makeApiClient(CoreV1Api);
  const labelSelector = 'app.kubernetes.io/part-of=cdr-stack,app.kubernetes.io/managed-by=pulumi';
  const [configMaps, secrets] = await Promise.all([
    core.listNamespacedConfigMap({ namespace, labelSelector }),
    core.listNamespacedSecret({ namespace, labelSelector }),
  ]);
  const orphans = (items: { metadata?: V1ObjectMeta }[]) =>
    items.flatMap(({ metadata }) => (known.has(`${namespace}/${metadata?.name}`) ? [] : (metadata?.name ?? [])));
  const removed = await Promise.all([
    ...orphans(configMaps.items).map((name) => core.deleteNamespacedConfigMap({ name, namespace })),
    ...orphans(secrets.items).map((name) => core.deleteNamespacedSecret({ name, namespace })),
  ]);
  return removed.length;
}

async function readState(file: string) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : state.safeParse(JSON.parse(text)).data?.checkpoint.latest;
}
