import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildProgress, ensureTool } from '../toolchain/build.ts';
import { applyManifests } from './api-server.ts';
import { addBridge } from './bridge.ts';
import { ensureCertificates } from './certificates.ts';
import { containerd } from './containerd.ts';
import { apiServerReady, etcd, kubeApiserver, kubeControllerManager, kubeScheduler } from './control-plane.ts';
import { pidOf, startDaemon, stopDaemon } from './daemon.ts';
import { coredns, dnsManifests, dnsReady } from './dns.ts';
import { addRules } from './firewall.ts';
import { eraseFootprint, hasFootprint, noteFootprint } from './footprint.ts';
import { requireFreePorts } from './free-ports.ts';
import { kubeProxy } from './kube-proxy.ts';
import { writeKubeconfigs } from './kubeconfig.ts';
import { isNodeReady, kubelet, nodeReady } from './kubelet.ts';
import { type ClusterLayout, clusterLayout } from './layout.ts';
import { locked } from './lock.ts';
import { inspectMachine, refusal } from './machine.ts';
import { announcement, installPackages, missingPackages } from './packages.ts';
import { ensurePauseImage, pauseImage } from './pause-image.ts';
import { killPods, podsRun } from './pods.ts';
import { endPredecessor } from './predecessor.ts';
import { ClusterRefused } from './refused.ts';
import { storageManifests, volumeProvisioner } from './storage.ts';
import { setSysctls } from './sysctls.ts';
import { watched } from './watched.ts';

/** The cluster's processes, in the order in which they start. */
export const daemonNames = [
  'etcd',
  'containerd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
  'volume-provisioner',
] as const;

/** How a start is watched and agreed to. */
export interface UpOptions {
  /** Told what is done next. */
  readonly onStep?: (step: string) => void;
  readonly onBuild?: (progress: BuildProgress) => void;
  /** Asked before Debian packages are installed, with what there is to say about them. Without it they are. */
  readonly mayInstall?: (announcement: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/**
 * Starts the cluster, or what is missing of it, and waits until it is ready: node, DNS and volumes. May be interrupted
 * anywhere and called again.
 * @throws ClusterRefused where it cannot work; Error with the last words of the process that failed.
 */
export async function up(layout: ClusterLayout = clusterLayout(), options: UpOptions = {}): Promise<void> {
  const step = (text: string) => {
    options.signal?.throwIfAborted();
    options.onStep?.(text);
  };
  const reason = refusal(await inspectMachine());
  if (reason) throw new ClusterRefused(reason);
  await locked(layout, async () => {
    await endAbandoned(layout, options.onStep);
    await requireFreePorts(layout);
    await ensurePackages(options);
    const build = {
      ...(options.onBuild && { onProgress: options.onBuild }),
      ...(options.signal && { signal: options.signal }),
    };
    const kubernetes = join(await ensureTool('kubernetes', build), 'kubernetes');
    const addons = await ensureTool('addons', build);

    step('certificates and configuration');
    if (!(await hasFootprint(layout)) && (await podsRun()))
      throw new ClusterRefused(
        'Pods of another Kubernetes run on this machine. Use that one (--context NAME), or stop it first.',
      );
    await noteFootprint(layout);
    await mkdir(layout.configuration, { recursive: true, mode: 0o700 });
    await ensureCertificates(layout);
    await writeKubeconfigs(layout);
    await setSysctls();
    await addBridge(layout.data);
    await addRules();

    step('etcd, the API server and containerd');
    const pause = await pauseImage(layout, addons);
    await startDaemon(layout, etcd(layout, kubernetes));
    await startDaemon(layout, kubeApiserver(layout, kubernetes));
    await startDaemon(layout, await containerd(layout, pause.image.reference));
    await Promise.all([
      watched(layout, ['containerd'], ensurePauseImage(layout, pause.source)),
      watched(layout, ['etcd', 'kube-apiserver'], apiServerReady(layout)),
    ]);

    step('controllers, the kubelet and kube-proxy');
    await startDaemon(layout, kubeControllerManager(layout, kubernetes));
    await startDaemon(layout, kubeScheduler(layout, kubernetes));
    await startDaemon(layout, await kubelet(layout, kubernetes));
    await startDaemon(layout, await kubeProxy(layout, kubernetes));

    step('cluster DNS and volumes');
    await mkdir(layout.volumes, { recursive: true, mode: 0o711 });
    await applyManifests(layout, [...dnsManifests, ...storageManifests]);
    await startDaemon(layout, await coredns(layout, addons));
    await startDaemon(layout, volumeProvisioner(layout, addons));
    await watched(layout, daemonNames, Promise.all([nodeReady(layout), dnsReady()]));
  });
}

/**
 * Puts the machine in order after a cluster in another directory that was killed.
 * @throws ClusterRefused when that other cluster runs.
 */
export async function endAbandoned(layout: ClusterLayout, onStep?: (step: string) => void): Promise<void> {
  await endPredecessor(layout, { daemonNames, end: stopEverything, onStep });
}

/** Ends the cluster and makes the machine what it was; what is in the cluster is kept for the next start. */
export async function down(layout: ClusterLayout = clusterLayout()): Promise<void> {
  await locked(layout, () => stopEverything(layout));
}

/** Ends the cluster and forgets it: its data directory is gone. */
export async function reset(layout: ClusterLayout = clusterLayout()): Promise<void> {
  await locked(layout, async () => {
    await stopEverything(layout);
    await rm(layout.data, { recursive: true, force: true });
  });
}

/** Whether each process runs, and whether the node is ready for pods. */
export interface ClusterStatus {
  readonly data: string;
  readonly kubeconfig: string;
  readonly daemons: readonly { readonly name: string; readonly pid: number | undefined }[];
  readonly ready: boolean;
}

/** Looks at the cluster; changes nothing. */
export async function status(layout: ClusterLayout = clusterLayout()): Promise<ClusterStatus> {
  const daemons = await Promise.all(daemonNames.map(async (name) => ({ name, pid: await pidOf(layout, name) })));
  const running = daemons.every(({ pid }) => pid !== undefined);
  const ready = running && (await isNodeReady(layout).catch(() => false));
  return { data: layout.data, kubeconfig: layout.kubeconfig, daemons, ready };
}

async function stopEverything(layout: ClusterLayout): Promise<void> {
  // The kubelet first, or it would start again what is ended; the API server after all who talk to it.
  await stopDaemon(layout, 'kubelet');
  const endPods = (await hasFootprint(layout)) ? killPods(layout) : undefined; // else they are somebody else's
  const controllers = ['kube-scheduler', 'kube-controller-manager', 'volume-provisioner'];
  // The last is a test's, which may have been killed before it ended it.
  const clients = [...controllers, 'coredns', 'kube-proxy', 'cert-manager'];
  await Promise.all([endPods, ...clients.map((name) => stopDaemon(layout, name))]);
  await Promise.all(['kube-apiserver', 'containerd'].map((name) => stopDaemon(layout, name)));
  await stopDaemon(layout, 'etcd');
  await eraseFootprint(layout);
}

/**
 * Installs the Debian packages that are missing, after saying which. Building images needs them too.
 * @throws ClusterRefused when a person says no.
 */
export async function ensurePackages({ onStep, mayInstall }: UpOptions): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  const text = announcement(missing);
  if (mayInstall && !(await mayInstall(text)))
    throw new ClusterRefused(
      'Without these packages there is no cluster. To run without a cluster: npm run quickstart -- --no-cluster.',
    );
  onStep?.(text);
  await installPackages(missing);
}
