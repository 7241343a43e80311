import type { core } from '@pulumi/kubernetes/types/input.js';

type ContainerProbes = Pick<core.v1.Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'>;

/** What the kubelet asks: whether a port is open, a path is answered with 200 (over https: unverified), or a command ends well. */
export type Probe =
  | { tcp: number }
  | { http: number; path: string }
  | { https: number; path: string }
  | { exec: string[] };

/** The three questions about a container. */
export interface Probes {
  startup: Probe;
  liveness: Probe;
  readiness: Probe;
}

/** Seconds between probes for start-up and readiness: short, so that a ready server is used at once. */
const quickly = 2;

/**
 * Start-up and readiness are asked often; liveness seldom and patiently, since its answer ends the container.
 *
 * @param startupSeconds how long the server may take to start before it is started anew.
 */
export function containerProbes({ startup, liveness, readiness }: Probes, startupSeconds: number): ContainerProbes {
  return {
    startupProbe: { ...action(startup), periodSeconds: quickly, failureThreshold: Math.ceil(startupSeconds / quickly) },
    livenessProbe: { ...action(liveness), periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...action(readiness), periodSeconds: quickly, timeoutSeconds: 5, failureThreshold: 3 },
  };
}

function action(probe: Probe): core.v1.Probe {
  if ('tcp' in probe) return { tcpSocket: { port: probe.tcp } };
  if ('exec' in probe) return { exec: { command: probe.exec } };
  if ('http' in probe) return { httpGet: { port: probe.http, path: probe.path, scheme: 'HTTP' } };
  return { httpGet: { port: probe.https, path: probe.path, scheme: 'HTTPS' } };
}
