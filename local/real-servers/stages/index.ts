import type { Stage } from '../stage.ts';
import { authority } from './authority.ts';
import { adoption, destruction, drift, provisionedTwice } from './provisioning.ts';
import { quickStart } from './quick-start.ts';
import { callerIdentity, registration } from './registration.ts';
import { restart } from './restart.ts';
import { rotation } from './rotation.ts';

/** All of them, in the order in which they are gone through. */
export const stages: readonly Stage[] = [
  quickStart,
  provisionedTwice,
  registration,
  callerIdentity,
  restart,
  drift,
  adoption,
  destruction,
  rotation,
  authority,
];
