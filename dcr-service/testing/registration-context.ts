import { pino } from 'pino';
import type { AuditEntry } from '../registration/audit.ts';
import type { RegistrationContext, RegistrationPolicy } from '../registration/context.ts';
import type { RegistrationStore } from '../store/registration-store.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { type InMemoryPlatform, inMemoryPlatform } from './in-memory-platform.ts';
import { keysAtHand, policy } from './validation.ts';

export interface TestContext extends RegistrationContext {
  readonly platform: InMemoryPlatform;
  readonly audited: AuditEntry[];
}

/** The use cases on a real database in memory; `clock` is added to the time, in seconds. */
export function registrationContext(
  options: {
    policy?: Partial<RegistrationPolicy>;
    store?: RegistrationStore;
    clock?: () => number;
    deadlineMs?: number;
  } = {},
): TestContext {
  const audited: AuditEntry[] = [];
  return {
    validation: {
      policy,
      resolveKeys: keysAtHand(),
      now: () => Math.floor(Date.now() / 1000) + (options.clock?.() ?? 0),
    },
    policy: {
      duplicateError: 'invalid_client_metadata',
      singleUseSoftwareStatement: false,
      allowOrganisationChange: false,
      ...options.policy,
    },
    store: options.store ?? openSqliteStore(':memory:'),
    platform: inMemoryPlatform(),
    isRemoved: () => false,
    audit: (entry) => audited.push(entry),
    audited,
    logger: pino({ level: 'silent' }),
    deadlineMs: options.deadlineMs ?? 10_000,
  };
}
