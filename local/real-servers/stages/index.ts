import type { Stage } from '../stage.ts';
import { abuse } from './abuse.ts';
import { accounts } from './accounts.ts';
import { authority } from './authority.ts';
import { curesTakenAway } from './cures.ts';
import { exposure } from './exposure.ts';
import { listeners } from './listeners.ts';
import { operatorsLogIn } from './portals.ts';
import { probes } from './probes.ts';
import { adoption, destruction, drift, provisionedTwice } from './provisioning.ts';
import { quickStart } from './quick-start.ts';
import { refusals } from './refusals.ts';
import { callerIdentity, registration } from './registration.ts';
import { restart } from './restart.ts';
import { rotation } from './rotation.ts';

/** All of them, in the order in which they are gone through. */
export const stages: readonly Stage[] = [
  quickStart,
  abuse,
  provisionedTwice,
  registration,
  callerIdentity,
  refusals,
  accounts,
  restart,
  drift,
  adoption,
  destruction,
  rotation,
  authority,
  listeners,
  operatorsLogIn,
  probes,
  // These leave requests without an answer at API Manager, which hold up its next end; killed, it may hear of no deployment afterwards.
  exposure,
  curesTakenAway,
];
