import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ClientDifference } from '../registration/bound-client.ts';
import type { OnRound } from '../registration/reconciler.ts';

/** Seconds. Fine around the goal of 100 ms and the limit of 1000 ms that the standard sets for these endpoints. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30];
const callBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Whom the service asks. */
export type Target =
  | 'identity-server'
  | 'api-manager'
  | 'register-jwks'
  | 'recipient-jwks'
  | 'issuer-jwks'
  | 'register-status'
  | 'revocation'
  | 'sector'
  | 'introspection';

/** One call of ours to another server. */
export interface OutgoingCall {
  readonly target: Target;
  /** `no answer`: refused, untrusted, or out of time. */
  readonly outcome: 'ok' | 'refused' | 'server error' | 'no answer';
  readonly ms: number;
}

export function outcomeOf(status: number | undefined): OutgoingCall['outcome'] {
  if (status === undefined) return 'no answer';
  if (status >= 500) return 'server error';
  return status >= 400 ? 'refused' : 'ok';
}

/**
 * What can be measured of one running service, in a registry of its own: several services in one process (as in tests)
 * do not share figures. Every label has few values, all of them ours: nothing that a caller sends becomes a label.
 */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Counter({
    name: 'dcr_requests_total',
    help: 'Requests answered, by resource, method, status and error code (none for a success).',
    labelNames: ['resource', 'method', 'status', 'error'] as const,
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'dcr_request_duration_seconds',
    help: 'Time from the last header of a request to the last byte of its answer.',
    labelNames: ['resource', 'method'] as const,
    buckets: requestBuckets,
    registers,
  });
  const requestsInFlight = new Gauge({
    name: 'dcr_requests_in_flight',
    help: 'Requests in progress.',
    registers,
  });
  const rateLimited = new Counter({
    name: 'dcr_rate_limited_total',
    help: 'Requests refused because a client certificate sent too many.',
    registers,
  });
  const outgoing = new Histogram({
    name: 'dcr_outgoing_call_duration_seconds',
    help: 'Calls to other servers, by target and outcome.',
    labelNames: ['target', 'outcome'] as const,
    buckets: callBuckets,
    registers,
  });
  const changes = new Counter({
    name: 'dcr_registration_changes_total',
    help: 'Audit lines: registration changes by event and outcome.',
    labelNames: ['event', 'outcome'] as const,
    registers,
  });
  const reconciled = new Counter({
    name: 'dcr_reconciled_changes_total',
    help: 'Interrupted changes that the reconciler took over, by outcome (settled, or pending: will be retried).',
    labelNames: ['outcome'] as const,
    registers,
  });
  const reconcilerFailures = new Counter({
    name: 'dcr_reconciler_failures_total',
    help: 'Rounds of the reconciler that failed, for example without the database.',
    registers,
  });
  const keysServed = new Counter({
    name: 'dcr_key_cache_answers_total',
    help: 'Reads of the key caches: fresh, stale (served while fetching), fetched (the request waited), none.',
    labelNames: ['cache', 'answer'] as const,
    registers,
  });
  const revocationChecks = new Counter({
    name: 'dcr_revocation_checks_total',
    help: 'Client certificates checked for revocation, by outcome.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const differences = new Counter({
    name: 'dcr_client_differences_total',
    help: 'Clients found at Identity Server other than as registered, by what differs: redirects (a code may reach another host: raise an alarm), scopes, member.',
    labelNames: ['kind'] as const,
    registers,
  });
  // At 0 from the start, so that the first one counts as an increase.
  for (const kind of ['redirects', 'scopes', 'member'] as const) differences.inc({ kind }, 0);
  const unreadableStatuses = new Gauge({
    name: 'dcr_register_statuses_unreadable',
    help: "Rows of the Register's last answer that could not be understood; their products and recipients keep the status that they had.",
    labelNames: ['list'] as const,
    registers,
  });
  const certificateExpiry = new Gauge({
    name: 'dcr_tls_certificate_not_after_seconds',
    help: "Expiry of the listener's own certificate, in seconds since 1970.",
    registers,
  });
  const certificateReloads = new Counter({
    name: 'dcr_tls_reloads_total',
    help: 'Changes of the PEM files of the listener, by outcome (taken, or refused: the old ones stay in use).',
    labelNames: ['outcome'] as const,
    registers,
  });

  return {
    registry,
    requests,
    requestSeconds,
    requestsInFlight,
    rateLimited,
    changes,
    revocationChecks,
    keysServed,
    unreadableStatuses,
    certificateExpiry,
    certificateReloads,
    reconcilerRound: (outcome: Parameters<OnRound>[0]) => {
      if (outcome === 'could not work') reconcilerFailures.inc();
      else {
        reconciled.inc({ outcome: 'settled' }, outcome.settled.length);
        reconciled.inc({ outcome: 'pending' }, outcome.failed.length);
      }
    },
    clientDifference: (kind: ClientDifference['kind']) => differences.inc({ kind }),
    outgoingCall: ({ target, outcome, ms }: OutgoingCall) => outgoing.observe({ target, outcome }, ms / 1000),
  };
}
