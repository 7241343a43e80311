import { InvocationError } from '../../scripts/engine/errors.ts';

/** The machine cannot run the cluster now, or a person said no. Nothing was changed; the message says what to do instead. */
export class ClusterRefused extends InvocationError {}
