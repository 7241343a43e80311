import type { FastifyInstance } from 'fastify';
import { refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { queryParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import { findApi, requireApi, saveApi } from './api-repository.ts';

/** State by state, what can be done and where it leads (the product's default APILifecycle). */
const TRANSITIONS: Record<string, Record<string, string>> = {
  Created: { Publish: 'Published', 'Deploy as a Prototype': 'Prototyped' },
  Prototyped: { Publish: 'Published', 'Demote to Created': 'Created' },
  Published: {
    'Deploy as a Prototype': 'Prototyped',
    Block: 'Blocked',
    'Demote to Created': 'Created',
    Deprecate: 'Deprecated',
  },
  Blocked: { 'Re-Publish': 'Published', Deprecate: 'Deprecated' },
  Deprecated: { Retire: 'Retired' },
  Retired: {},
};

/** The lifecycle of APIs. A change is answered at once and true only later: ask again. */
export function publisherLifecycle(app: FastifyInstance, instance: Instance): void {
  const { store, propagation, quirks } = instance;

  app.get(`${publisher}/apis/:apiId/lifecycle-state`, async (request) =>
    shownState(stateOf(requireApi(store, request).object.lifeCycleStatus)),
  );

  app.post(`${publisher}/apis/change-lifecycle`, async (request) => {
    const { object } = findApi(store, queryParameter(request, 'apiId') ?? '');
    const action = queryParameter(request, 'action') ?? '';
    const state = stateOf(object.lifeCycleStatus);
    const next = TRANSITIONS[state]?.[action];
    if (next === undefined) throw refusal('lifecycleActionUnsupported', action, state);
    if (next === 'Published' && object.policies.length === 0) throw refusal('noPlans');
    propagation.after(quirks.lifecycleDelayMs, () => {
      const api = store.apis.get(object.id);
      if (api === undefined) return;
      saveApi(instance, { ...api, object: { ...api.object, lifeCycleStatus: next.toUpperCase() } });
    });
    return { workflowStatus: 'APPROVED', jsonPayload: '', lifecycleState: shownState(next) };
  });
}

/** `PUBLISHED` in an API object is `Published` here. */
const stateOf = (status: string) => status.charAt(0) + status.slice(1).toLowerCase();

const shownState = (state: string) => ({
  state,
  checkItems: [],
  availableTransitions: Object.entries(TRANSITIONS[state] ?? {}).map(([event, targetState]) => ({
    event,
    targetState,
  })),
});
