import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse as parseToml } from 'smol-toml';
import { parse } from 'yaml';
import { certificateFiles, ensureCertificates, holders } from './certificates.ts';
import { containerd, networkConfiguration } from './containerd.ts';
import { etcd, kubeApiserver, kubeControllerManager, kubeScheduler } from './control-plane.ts';
import { coredns } from './dns.ts';
import { kubeProxy } from './kube-proxy.ts';
import { writeKubeconfigs } from './kubeconfig.ts';
import { kubelet } from './kubelet.ts';
import { type ClusterLayout, clusterLayout, network } from './layout.ts';
import { mountsBeneath } from './mounts.ts';
import { announcement } from './packages.ts';
import { librariesNamed } from './root-file-system.ts';
import { volumeProvisioner } from './storage.ts';

let layout: ClusterLayout;

before(async () => {
  layout = clusterLayout(await mkdtemp(join(tmpdir(), 'cdr-cluster-')));
  await mkdir(layout.configuration);
  await ensureCertificates(layout);
  await writeKubeconfigs(layout);
});

after(() => rm(layout.data, { recursive: true }));

const certificate = async (file: string) =>
  new X509Certificate(await readFile(certificateFiles(layout, file).certificate));

test('every certificate is issued by its own authority, and etcd believes no other', async () => {
  for (const { file, authority } of holders) {
    const issuers = { 'kubernetes-ca': false, 'etcd-ca': false, [authority]: true };
    for (const [name, expected] of Object.entries(issuers)) {
      const { publicKey } = await certificate(name);
      assert.equal((await certificate(file)).verify(publicKey), expected, `${file} under ${name}`);
    }
  }
});

test('the API server is known by every name and address that it is called by', async () => {
  const server = await certificate('apiserver');
  for (const address of ['127.0.0.1', network.node, network.apiService]) assert.ok(server.checkIP(address), address);
  assert.ok(server.checkHost('kubernetes.default.svc'));
});

test('the kubelet speaks as its node, and only the administrator as a master', async () => {
  assert.match((await certificate('kubelet')).subject, /O=system:nodes\nCN=system:node:cdr-stack/);
  assert.doesNotMatch((await certificate('coredns')).subject, /O=/);
  assert.match((await certificate('admin')).subject, /O=system:masters/);
});

test('keys and the kubeconfig are for their owner alone', async () => {
  for (const file of [certificateFiles(layout, 'admin').key, layout.kubeconfig])
    assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('certificates that are there are kept', async () => {
  const { fingerprint256 } = await certificate('admin');
  await ensureCertificates(layout);
  assert.equal((await certificate('admin')).fingerprint256, fingerprint256);
});

test('the kubeconfig names the cluster on loopback', async () => {
  const { clusters } = parse(await readFile(layout.kubeconfig, 'utf8'));
  assert.equal(clusters[0].cluster.server, 'https://127.0.0.1:6443');
});

test('every process names the data directory, by which its pid is known again', async () => {
  const daemons = [
    etcd(layout, 'kubernetes'),
    await containerd(layout, 'pause'),
    kubeApiserver(layout, 'kubernetes'),
    kubeControllerManager(layout, 'kubernetes'),
    kubeScheduler(layout, 'kubernetes'),
    await kubelet(layout, 'kubernetes'),
    await kubeProxy(layout, 'kubernetes'),
    await coredns(layout, 'addons'),
    volumeProvisioner(layout, 'addons'),
  ];
  for (const { name, args } of daemons)
    assert.ok(
      args.some((arg) => arg.includes(layout.data)),
      name,
    );
});

test('containerd lowers no oom score and asks no registry for the pause image', async () => {
  const [, file = ''] = (await containerd(layout, 'localhost/cdr-stack/pause:1')).args;
  const { plugins, root } = parseToml(await readFile(file, 'utf8')) as {
    plugins: Record<string, unknown>;
    root: string;
  };
  const cri = plugins['io.containerd.grpc.v1.cri'] as Record<string, unknown>;
  assert.equal(cri.restrict_oom_score_adj, true);
  assert.equal(cri.sandbox_image, 'localhost/cdr-stack/pause:1');
  assert.equal(root, join(layout.data, 'containerd'));
});

test('NodePorts answer on loopback only, pods get their addresses from the bridge', async () => {
  const [, flag = ''] = (await kubeProxy(layout, 'kubernetes')).args;
  assert.deepEqual(parse(await readFile(flag.replace('--config=', ''), 'utf8')).nodePortAddresses, ['127.0.0.0/8']);
  const [bridge] = networkConfiguration(layout).plugins;
  assert.deepEqual(bridge?.ipam?.ranges, [[{ subnet: network.pods, gateway: network.node }]]);
});

test('mounts beneath a directory are unmounted from the deepest, with any name', () => {
  const line = (point: string) => `36 35 0:33 / ${point} rw,relatime shared:1 - tmpfs tmpfs rw`;
  const info = ['/data', '/data/a', '/data/a/b\\040c', '/database'].map(line).join('\n');
  assert.deepEqual(mountsBeneath(info, ['/data']), ['/data/a/b c', '/data/a']);
});

test('the libraries of a program are found in what ldd says', () => {
  const output = `\tlinux-vdso.so.1 (0x00007ffd)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f4b)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f4c)
\tlibmissing.so => not found`;
  assert.deepEqual(librariesNamed(output), ['/lib/x86_64-linux-gnu/libdl.so.2', '/lib64/ld-linux-x86-64.so.2']);
});

test('packages are announced with what they are for', () => {
  assert.match(announcement(['runc']), /runc\s+starts them/);
});
