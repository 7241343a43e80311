import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { command } from './command.ts';
import { writeConfiguration } from './configuration-file.ts';
import type { Daemon } from './daemon.ts';
import { type ClusterLayout, network } from './layout.ts';
import { networkPlugins } from './packages.ts';
import { until } from './until.ts';

/** The namespace of containerd's that Kubernetes uses. */
const namespace = 'k8s.io';

/** containerd with its data, sockets and network configuration all in the cluster's own directory. */
export async function containerd(layout: ClusterLayout, pauseImage: string): Promise<Daemon> {
  const file = join(layout.configuration, 'containerd.toml');
  const networks = join(layout.configuration, 'cni');
  await mkdir(networks, { recursive: true });
  await writeConfiguration(file, stringify(containerdConfiguration(layout, pauseImage)));
  await writeConfiguration(
    join(networks, '10-bridge.conflist'),
    `${JSON.stringify(networkConfiguration(layout), undefined, 2)}\n`,
  );
  return { name: 'containerd', program: 'containerd', args: ['--config', file], reads: [file] };
}

/** containerd's configuration, version 2 (containerd 1.6). */
export function containerdConfiguration(layout: ClusterLayout, pauseImage: string) {
  return {
    version: 2,
    root: join(layout.data, 'containerd'),
    state: join(layout.run, 'containerd'),
    grpc: { address: layout.containerdSocket },
    disabled_plugins: ['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `io.containerd.snapshotter.v1.${name}`),
    plugins: {
      'io.containerd.internal.v1.opt': { path: join(layout.data, 'containerd', 'opt') },
      'io.containerd.grpc.v1.cri': {
        sandbox_image: pauseImage,
        stream_server_address: '127.0.0.1',
        stream_server_port: '0',
        // A negative score needs CAP_SYS_RESOURCE; where that is missing every sandbox would die as it starts.
        restrict_oom_score_adj: true,
        containerd: {
          runtimes: {
            runc: {
              runtime_type: 'io.containerd.runc.v2',
              options: { SystemdCgroup: false, Root: join(layout.run, 'runc') },
            },
          },
        },
        cni: { bin_dir: networkPlugins, conf_dir: join(layout.configuration, 'cni') },
      },
    },
  };
}

/** How a pod is connected: a port of the bridge, an address of this machine's own range. */
export function networkConfiguration(layout: ClusterLayout) {
  return {
    cniVersion: '0.4.0',
    name: 'cdr-stack',
    plugins: [
      {
        type: 'bridge',
        bridge: network.bridge,
        isGateway: true,
        hairpinMode: true,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(layout.run, 'addresses'),
          ranges: [[{ subnet: network.pods, gateway: network.node }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

/** Waits until containerd answers. */
export async function containerdReady(layout: ClusterLayout): Promise<void> {
  await until('containerd to answer', 20, async () => Boolean(await ctr(layout, 'version')));
}

/** The names of the images that pods can use. */
export async function imageNames(layout: ClusterLayout): Promise<string[]> {
  return (await ctr(layout, 'images', 'list', '--quiet')).split('\n').filter(Boolean);
}

/** Makes the image in an archive one that pods can use. */
export async function importImage(layout: ClusterLayout, archive: string): Promise<void> {
  await ctr(layout, 'images', 'import', archive);
}

function ctr(layout: ClusterLayout, ...args: string[]): Promise<string> {
  return command('ctr', '--address', layout.containerdSocket, '--namespace', namespace, ...args);
}
