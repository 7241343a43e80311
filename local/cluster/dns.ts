import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from './api-server.ts';
import { writeConfiguration } from './configuration-file.ts';
import type { Daemon } from './daemon.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { type ClusterLayout, network } from './layout.ts';
import { roleFor } from './roles.ts';
import { until } from './until.ts';

/** Cluster DNS: CoreDNS as a process of this machine's, on the node's address, which every pod asks. */
export async function coredns(layout: ClusterLayout, addons: string): Promise<Daemon> {
  const file = join(layout.configuration, 'Corefile');
  const resolvers = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  await writeConfiguration(file, corefile(layout, /^nameserver/m.test(resolvers)));
  return { name: 'coredns', program: join(addons, 'coredns'), args: ['-conf', file], reads: [file] };
}

/**
 * CoreDNS's configuration: the cluster's names from the API, all others from this machine's resolvers.
 * @param asksOthers whether there is anybody to ask: CoreDNS does not start with an empty list.
 */
export function corefile(layout: ClusterLayout, asksOthers: boolean): string {
  return `.:53 {
    bind ${network.node}
    ready 127.0.0.1:8181
    errors
    cache 10
    kubernetes ${network.domain} in-addr.arpa ip6.arpa {
        kubeconfig ${kubeconfigOf(layout, 'coredns')}
        fallthrough in-addr.arpa ip6.arpa
    }
${asksOthers ? '    forward . /etc/resolv.conf\n' : ''}}
`;
}

/** What CoreDNS may read. */
export const dnsManifests: readonly Manifest[] = roleFor('coredns', [
  { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
]);

/** Waits until the cluster's own name resolves. */
export async function dnsReady(): Promise<void> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([network.node]);
  await until('cluster DNS to answer', 30, async () => {
    const addresses = await resolver.resolve4(`kubernetes.default.svc.${network.domain}`);
    return addresses.includes(network.apiService);
  });
}
