import { CustomResource } from '@pulumi/kubernetes/apiextensions/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, output } from '@pulumi/pulumi';
import { alertsOf } from '../alerts.ts';
import { partLabels, selectorLabels } from '../pods/labels.ts';

export interface MonitoringArgs {
  namespace: Input<string>;
  /** What a Prometheus selects monitors and rules by, for example `release: kube-prometheus-stack`. */
  labels: Record<string, string>;
}

const operator = 'monitoring.coreos.com/v1';
const part = 'dcr-service';

/**
 * The configuration of prometheus-operator: what to scrape, and when to alert.
 *
 * It scrapes pods, not the Service: the Service's only port is the gateway's, with client certificates, and the metrics of a replica that
 * is not ready matter most.
 */
export class Monitoring extends ComponentResource {
  constructor(name: string, { namespace, labels }: MonitoringArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Monitoring', name, {}, options);
    const metadata = { name: part, namespace, labels: { ...labels, ...partLabels(part) } };
    new CustomResource(
      `${part}-monitor`,
      {
        apiVersion: operator,
        kind: 'PodMonitor',
        metadata,
        spec: {
          selector: { matchLabels: selectorLabels(part) },
          podMetricsEndpoints: [{ port: 'health', path: '/metrics', interval: '30s' }],
        },
      },
      { parent: this },
    );
    new CustomResource(
      `${part}-alerts`,
      {
        apiVersion: operator,
        kind: 'PrometheusRule',
        metadata,
        spec: { groups: [{ name: part, rules: output(namespace).apply(rulesOf) }] },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function rulesOf(namespace: string) {
  return alertsOf(namespace).map(({ name, severity, summary, description, ...condition }) => ({
    alert: name,
    ...condition,
    labels: { severity },
    annotations: { summary, description },
  }));
}
