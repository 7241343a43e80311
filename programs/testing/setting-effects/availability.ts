import type { Effects } from './effect.ts';
import { pods, toml } from './rendered-lines.ts';

/** The pods of a part may reach each other at a port. */
const among = (part: string, port: number) => [
  `NetworkPolicy ${part} spec.egress with {"ports":[{"port":${port},*"to":[*:"${part}",*} = there`,
  `NetworkPolicy ${part} spec.ingress with {"from":[*:"${part}",*"ports":[{"port":${port},*} = there`,
];

/** A second API Manager, of which each knows the other. */
const twoApiManagers = [
  ...['ConfigMap api-manager*-configuration', 'Deployment api-manager*', 'PersistentVolumeClaim api-manager*'].flatMap(
    (object) => ['-1', '-2'].map((number) => `+ ${object.replace('*', number)}`).concat(`- ${object.replace('*', '')}`),
  ),
  '+ PodDisruptionBudget api-manager',
  '+ Service api-manager-1',
  '+ Service api-manager-2',
  '+ Service api-manager-gateway',
  'Service api-manager spec.sessionAffinity = ClientIP',
  ...[5672, 9611, 9711].flatMap((port) => among('api-manager', port)),
  ...[1, 2].map(
    (number) =>
      `outputs apiManager.instances with {"url":"https://api-manager-${number}:9443","gatewayUrl":"https://api-manager-${number}:8243"} = there`,
  ),
];

/** Two replicas of Identity Server. */
const severalIdentityServers = [
  '+ PodDisruptionBudget identity-server',
  '+ Role identity-server-membership',
  '+ RoleBinding identity-server-membership',
  'Service identity-server spec.sessionAffinity = ClientIP',
  // Side by side, in different places, replaced one by one.
  'Deployment identity-server spec.replicas = 2',
  'Deployment identity-server metadata.annotations.pulumi.com/waitFor gone',
  'Deployment identity-server spec.strategy.type = RollingUpdate',
  'Deployment identity-server spec.strategy.rollingUpdate.maxSurge = 1',
  'Deployment identity-server spec.strategy.rollingUpdate.maxUnavailable = 0',
  `${pods('identity-server')}.affinity.podAntiAffinity.* with {*"kubernetes.io/hostname"*} = there`,
  `${pods('identity-server')}.topologySpreadConstraints with {*"topology.kubernetes.io/zone"*} = there`,
  `${pods('identity-server')}.containers.identity-server.lifecycle.preStop.exec.command = *wso2server.sh 10`,
  // They keep nothing of their own.
  '- PersistentVolumeClaim identity-server',
  `${pods('identity-server')}.volumes.state.emptyDir.sizeLimit = 1Gi`,
  `${pods('identity-server')}.volumes.state.persistentVolumeClaim.claimName gone`,
  // They find each other by the cluster's API.
  `${toml('identity-server')}.clustering.domain = cdr-stack.identity-server`,
  `${toml('identity-server')}.clustering.local_member_host = $env{NODE_IP}`,
  `${toml('identity-server')}.clustering.local_member_port = 4000`,
  `${toml('identity-server')}.clustering.membership_scheme = kubernetes`,
  `${toml('identity-server')}.clustering.properties.* = *`,
  `${pods('identity-server')}.containers.identity-server.env.POD_NAMESPACE.valueFrom.fieldRef.fieldPath = metadata.namespace`,
  `${pods('identity-server')}.containers.identity-server.volumeMounts.cluster-token.* = *`,
  `${pods('identity-server')}.volumes.cluster-token.projected.*`,
  ...among('identity-server', 4000),
  ...[443, 6443].map(
    (port) => `NetworkPolicy identity-server spec.egress with {"ports":[{"port":${port},"protocol":"TCP"}]} = there`,
  ),
];

/** How many there are of each server. */
export const availabilityEffects: Effects = {
  dcrServiceReplicas: [
    {
      in: 'deployed',
      value: '1',
      changes: [
        '- PodDisruptionBudget dcr-service',
        'Deployment dcr-service spec.replicas = 1',
        `${pods('dcr-service')}.affinity.podAntiAffinity.* with {*"kubernetes.io/hostname"*} gone`,
        `${pods('dcr-service')}.topologySpreadConstraints with {*"topology.kubernetes.io/zone"*} gone`,
      ],
    },
    { in: 'deployed', value: '20', changes: ['Deployment dcr-service spec.replicas = 20'] },
    // With SQLite there is one in any case.
    { value: '1', changes: [] },
  ],
  apiManagerInstances: [
    { in: 'deployed', value: '2', changes: twoApiManagers },
    {
      // Recipients to either; who writes something in the portals reads it there first.
      in: 'gatewayApi, deployed',
      value: '2',
      changes: [
        ...twoApiManagers,
        'TLSRoute public-gateway spec.rules with {"backendRefs":[{"name":"api-manager-gateway",*} = there',
        'TLSRoute public-gateway spec.rules with {"backendRefs":[{"name":"api-manager",*} gone',
      ],
    },
    { in: 'loadBalancer, deployed', value: '2', changes: twoApiManagers },
  ],
  identityServerReplicas: [
    { in: 'deployed', value: '2', changes: severalIdentityServers },
    {
      in: 'loadBalancer, deployed',
      value: '2',
      changes: [...severalIdentityServers, 'Service public-identity-server spec.sessionAffinity = ClientIP'],
    },
    { in: 'several', value: '10', changes: ['Deployment identity-server spec.replicas = 10'] },
  ],
  replicaTraffic: ['networkPolicy', 'mesh'].map((value) => ({ in: 'several', value, changes: [] })),
};
