/** A condition that raises an alert. */
export interface Alert {
  name: string;
  /** PromQL; every vector that it yields is an alert. */
  expr: string;
  /** For how long it must hold, as Prometheus writes durations. */
  for: string;
  /** `critical`: recipients are turned away, or soon will be; `warning`: in working hours. */
  severity: 'critical' | 'warning';
  summary: string;
  /** What it means and what to do. */
  description: string;
}

const day = 24 * 60 * 60;

/**
 * The alerts of a stack, over what its dcr-service measures and nothing else (docs/dcr-service.md); a test holds the names and labels
 * against the service. Each looks at the stack's own namespace: another stack in the cluster must not hide that this one is gone.
 */
export function alertsOf(namespace: string): Alert[] {
  return [...availability(namespace), ...changes(namespace), ...trust(namespace)];
}

function availability(namespace: string): Alert[] {
  const of = selectorIn(namespace);
  // Decisions of the recipient gate are many, quick, and 200 whatever they are.
  const registration = 'resource!~"/recipient-g.*"';
  // Registrations are few: a shorter window would see one request, or none. A refusal of what was sent (4xx) is no fault of ours.
  const failures = `sum by (namespace) (rate(${of('dcr_requests_total', 'status=~"5.."')}[15m]))`;
  const answers = `sum by (namespace) (rate(${of('dcr_requests_total', registration)}[15m]))`;
  const durations = `sum by (namespace, le) (rate(${of('dcr_request_duration_seconds_bucket', registration)}[15m]))`;
  return [
    {
      name: 'DcrServiceAbsent',
      // Of a target that was never there, there is no `up`.
      expr: `absent(${of('dcr_store_up')})`,
      for: '5m',
      severity: 'critical',
      summary: 'No dcr-service is measured.',
      description:
        'Either nobody can register, or Prometheus does not reach the pods: look at the Deployment dcr-service, then at the target, monitoringNamespace and monitoringLabels.',
    },
    {
      name: 'DcrStoreDown',
      expr: `max by (namespace) (${of('dcr_store_up')}) == 0`,
      for: '1m',
      severity: 'critical',
      summary: 'No dcr-service can write to its database.',
      description:
        'No registration can be made or read. Look at the database, at its disk, and at the log of dcr-service for its answer; the service recovers by itself.',
    },
    {
      name: 'DcrErrorRatio',
      expr: `${failures} / ${answers} > 0.05`,
      for: '10m',
      severity: 'critical',
      summary: 'More than one answer in twenty to recipients is a 5xx.',
      description:
        'dcr_requests_total by error says which; dcr_outgoing_call_duration_seconds_count by target and outcome says whether API Manager, Identity Server or the Register is the cause.',
    },
    {
      name: 'DcrSlow',
      expr: `histogram_quantile(0.95, ${durations}) > 1`,
      for: '15m',
      severity: 'warning',
      summary: 'One answer in twenty takes longer than a second, which the Consumer Data Standards allow at most.',
      description: 'dcr_outgoing_call_duration_seconds by target shows which server is slow.',
    },
    {
      name: 'DcrGateUndecided',
      expr: `sum by (namespace) (rate(${of('dcr_requests_total', 'resource="/recipient-gate", error=~"temporarily_unavailable|server_error"')}[5m])) > 0`,
      for: '5m',
      severity: 'critical',
      summary: 'The recipient gate cannot decide, and refuses calls for data.',
      description:
        'The store, the keys of Identity Server or the revocation of a certificate is out of reach: the log of dcr-service says which.',
    },
    {
      name: 'DcrNoClientCertificate',
      expr: `sum by (namespace) (rate(${of('dcr_requests_total', 'error="client_certificate_required"')}[5m])) > 0`,
      for: '5m',
      severity: 'critical',
      summary: "The gateway forwards no recipient's certificate.",
      description:
        "The API template's MutualSSLCertificateHandler is missing (init step api-template), or an edge ends TLS without forwarding the certificate.",
    },
  ];
}

function changes(namespace: string): Alert[] {
  const of = selectorIn(namespace);
  return [
    {
      name: 'DcrSagaBacklog',
      // The reconciler takes a change over within a minute of its interruption.
      expr: `max by (namespace) (${of('dcr_oldest_change_age_seconds')}) > 300`,
      for: '5m',
      severity: 'warning',
      summary: 'An interrupted registration change is neither finished nor undone.',
      description:
        'A recipient may hold a client that cannot be used. npm run registrations lists what is pending; the log of dcr-service names the server that refuses.',
    },
    {
      name: 'DcrReconcilerFails',
      expr: `sum by (namespace) (increase(${of('dcr_reconciler_failures_total')}[15m])) > 0`,
      for: '15m',
      severity: 'warning',
      summary: 'The reconciler of registration changes cannot work.',
      description:
        'Interrupted changes stay as they are. The log of dcr-service says why, for example a database that does not answer.',
    },
  ];
}

function trust(namespace: string): Alert[] {
  const of = selectorIn(namespace);
  const left = `min by (namespace) (${of('dcr_tls_certificate_not_after_seconds')}) - time()`;
  const lost = `${of('dcr_outgoing_call_duration_seconds_count', 'target="register-jwks", outcome=~"no answer|server error"')}`;
  return [
    {
      name: 'DcrCertificateExpires',
      expr: `${left} < ${14 * day}`,
      for: '1h',
      severity: 'warning',
      summary: "dcr-service's certificate ends within two weeks.",
      description:
        'By npm run certificates or by hand: set dcrServiceCertificate and dcrServiceKey anew and run pulumi up. By cert-manager: kubectl describe certificate dcr-service says why it is not renewed.',
    },
    {
      name: 'DcrCertificateExpiresNow',
      expr: `${left} < ${2 * day}`,
      for: '5m',
      severity: 'critical',
      summary: "dcr-service's certificate ends within two days.",
      description:
        'When it has ended the gateway refuses to connect, and every registration fails. Renew it now, as for DcrCertificateExpires.',
    },
    {
      name: 'DcrRegisterKeysUnreachable',
      expr: `sum by (namespace) (increase(${lost}[30m])) > 3`,
      for: '5m',
      severity: 'warning',
      summary: "The Register's keys cannot be renewed.",
      description:
        'Registrations go on until the last keys are a day old (dcr_key_set_age_seconds). Look at the way to the Register.',
    },
    {
      name: 'DcrRegisterStatusesStale',
      expr: `max by (namespace, list) (${of('dcr_register_statuses_age_seconds')}) > 3600`,
      for: '15m',
      severity: 'warning',
      summary: "The Register's statuses of recipients and products are more than an hour old.",
      description:
        'Whom the Register has suspended since is still served. Look at the way to the Register (dcr_outgoing_call_duration_seconds_count, target register-status).',
    },
    {
      name: 'DcrRegisterStatusesUnreadable',
      expr: `max by (namespace, list) (${of('dcr_register_statuses_unreadable')}) > 0`,
      for: '5m',
      severity: 'warning',
      summary: "Rows of the Register's statuses cannot be understood.",
      description:
        'The others count; who is in these rows keeps the status that was read last. Look at the list itself, and tell the Register.',
    },
  ];
}

const selectorIn = (namespace: string) => (metric: string, matchers?: string) =>
  `${metric}{namespace="${namespace}"${matchers === undefined ? '' : `, ${matchers}`}}`;
