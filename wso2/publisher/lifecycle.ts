import { type Rest, segment } from '../rest.ts';
import { type LifecycleChange, type LifecycleState, lifecycleChangeSchema, lifecycleSchema } from './schemas.ts';

export type LifecycleAction =
  | 'Publish'
  | 'Deploy as a Prototype'
  | 'Demote to Created'
  | 'Block'
  | 'Deprecate'
  | 'Re-Publish'
  | 'Retire';

export interface LifecycleClient {
  lifecycleState(apiId: string): Promise<LifecycleState>;
  /** Asks for a change of state; an action that the present state does not allow is refused (900381). */
  changeLifecycle(apiId: string, action: LifecycleAction): Promise<LifecycleChange>;
}

export function lifecycleClient(rest: Rest, apis: string): LifecycleClient {
  return {
    lifecycleState: (apiId) =>
      rest.json({ method: 'GET', path: `${apis}/${segment(apiId)}/lifecycle-state` }, lifecycleSchema),
    changeLifecycle: (apiId, action) =>
      rest.json({ method: 'POST', path: `${apis}/change-lifecycle`, query: { apiId, action } }, lifecycleChangeSchema),
  };
}
