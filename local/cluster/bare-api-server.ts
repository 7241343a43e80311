import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureTool } from '../toolchain/build.ts';
import { showProgress } from '../toolchain/progress.ts';
import { ensureCertificates } from './certificates.ts';
import { apiServerReady, etcd, kubeApiserver } from './control-plane.ts';
import { startDaemon, stopDaemon } from './daemon.ts';
import { listeners, requireFreePorts } from './free-ports.ts';
import { writeKubeconfigs } from './kubeconfig.ts';
import type { ClusterLayout } from './layout.ts';
import { watched } from './watched.ts';

const daemons = ['etcd', 'kube-apiserver'] as const;

/**
 * Starts the cluster's etcd and API server and nothing else of it: objects are kept, and no pod runs. Needs no root.
 * @throws Error with the last log lines of the one that ended; ClusterRefused if their ports are in use.
 */
export async function startBareApiServer(layout: ClusterLayout): Promise<void> {
  await requireFreePorts(
    layout,
    listeners.filter(({ daemon }) => daemon !== 'kubelet'),
  );
  const kubernetes = join(await ensureTool('kubernetes', { onProgress: showProgress() }), 'kubernetes');
  await mkdir(layout.configuration, { recursive: true, mode: 0o700 });
  await ensureCertificates(layout);
  await writeKubeconfigs(layout);
  await startDaemon(layout, etcd(layout, kubernetes));
  await startDaemon(layout, kubeApiserver(layout, kubernetes));
  await watched(layout, daemons, apiServerReady(layout));
}

/** Ends both; what they kept stays. */
export async function stopBareApiServer(layout: ClusterLayout): Promise<void> {
  for (const name of daemons.toReversed()) await stopDaemon(layout, name);
}
