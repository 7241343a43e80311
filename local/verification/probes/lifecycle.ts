import { changeLifecycle, madeApi, publisher, refusal, settledState } from '../objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Session } from '../session.ts';

/** An API that is published, though it is deployed nowhere. */
async function published(session: Session) {
  const api = await madeApi(session);
  const answer = await changeLifecycle(session, api.id, 'Publish');
  const settled = await settledState(session, api.id, 'Published');
  return { api, answer, state: settled.body.state };
}

/** The lifecycle of APIs, which goes its own way beside their deployment. */
export const lifecycle: Probe[] = probes('api-manager', [
  {
    id: 'publication-comes-true',
    fact: 'Publishing answers 200, and is true some time later, deployed or not.',
    source: 'contract B.6',
    expect: { status: 200, workflow: 'APPROVED', state: 'Published' },
    async run(session) {
      const { answer, state } = await published(session);
      return { status: answer.status, workflow: answer.body.workflowStatus, state };
    },
  },
  {
    id: 'publication-needs-a-plan',
    fact: 'An API without a business plan cannot be published: 400, 903224.',
    source: 'contract B.2',
    expect: { status: 400, code: 903224 },
    otherwise: [{ before: '4.3', found: { status: 500, code: 900967 } }],
    async run(session) {
      const { id } = await madeApi(session, { policies: [] });
      return refusal(await changeLifecycle(session, id, 'Publish'));
    },
  },
  {
    id: 'publication-twice-is-refused',
    fact: 'Publishing what is published is refused: 400, 903234.',
    source: 'real servers',
    expect: { status: 400, code: 903234 },
    otherwise: [{ before: '4.3', found: { status: 400, code: 900381 } }],
    async run(session) {
      const { api } = await published(session);
      return refusal(await changeLifecycle(session, api.id, 'Publish'));
    },
  },
  {
    id: 'transitions-from-created',
    fact: 'From Created an API goes to Publish or Deploy as a Prototype.',
    source: 'contract B.6',
    expect: ['Deploy as a Prototype', 'Publish'],
    async run(session) {
      const { id } = await madeApi(session);
      const { body } = await session.apiManager('GET', `${publisher}/apis/${id}/lifecycle-state`);
      return body.availableTransitions.map(({ event }: { event: string }) => event).sort();
    },
  },
  {
    id: 'retired-api-is-updated',
    fact: 'A retired API can be updated: 200, the product does not prevent it.',
    source: 'real servers',
    expect: { status: 200, code: null },
    async run(session) {
      const { api } = await published(session);
      await changeLifecycle(session, api.id, 'Deprecate');
      await settledState(session, api.id, 'Deprecated');
      await changeLifecycle(session, api.id, 'Retire');
      await settledState(session, api.id, 'Retired');
      const { body } = await session.apiManager('GET', `${publisher}/apis/${api.id}`);
      return refusal(await session.apiManager('PUT', `${publisher}/apis/${api.id}`, { body }));
    },
  },
]);
