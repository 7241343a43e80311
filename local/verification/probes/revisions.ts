import { deploy, firstPlace, madeApi, madeRevision, publisher, refusal } from '../objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Session } from '../session.ts';

const revisionsOf = (apiId: string) => `${publisher}/apis/${apiId}/revisions`;
const ABSENT = '00000000-0000-4000-8000-000000000000';

/** An API with a revision that is deployed to the first environment; not offered in the developer portal. */
async function deployed(session: Session) {
  const { id, name } = await madeApi(session);
  const revision = await madeRevision(session, id);
  const place = await firstPlace(session);
  const answer = await deploy(session, id, revision.id, [place]);
  return { id, name, revision, place, answer };
}

/** Revisions and where they are deployed. */
export const revisions: Probe[] = probes('api-manager', [
  {
    id: 'revision-is-numbered',
    fact: 'The first revision is created with 201 and is called "Revision 1".',
    source: 'contract B.6',
    expect: { status: 201, displayName: 'Revision 1', description: 'sha256:abc' },
    async run(session) {
      const { id } = await madeApi(session);
      const sent = { description: 'sha256:abc' };
      const { status, body } = await session.apiManager('POST', revisionsOf(id), { body: sent });
      return { status, displayName: body.displayName, description: body.description };
    },
  },
  {
    id: 'sixth-revision-is-refused',
    fact: 'An API has five revisions; the sixth is refused: 400, 900351.',
    source: 'contract 0.6',
    expect: { status: 400, code: 900351 },
    otherwise: [{ before: '4.3', found: { status: 500, code: 500 } }],
    async run(session) {
      const { id } = await madeApi(session);
      for (let made = 0; made < 5; made += 1) await madeRevision(session, id);
      return refusal(await session.apiManager('POST', revisionsOf(id), { body: {} }));
    },
  },
  {
    id: 'revision-of-no-api-is-500',
    fact: 'A revision of an API that is not there answers 500; its list is empty, and answers 200.',
    source: 'real servers',
    expect: { creation: 500, listing: 200 },
    async run(session) {
      const creation = await session.apiManager('POST', revisionsOf(ABSENT), { body: {} });
      return { creation: creation.status, listing: (await session.apiManager('GET', revisionsOf(ABSENT))).status };
    },
  },
  {
    id: 'deployment-answers-201',
    fact: 'Deploying and undeploying a revision answer 201, though the definition says 200.',
    source: 'contract B.6',
    expect: { deploy: 201, undeploy: 201 },
    async run(session) {
      const { id, revision, place, answer } = await deployed(session);
      const path = `${publisher}/apis/${id}/undeploy-revision?revisionId=${revision.id}`;
      return { deploy: answer.status, undeploy: (await session.apiManager('POST', path, { body: [place] })).status };
    },
  },
  {
    id: 'restoration-answers-201',
    fact: 'Restoring a revision into the working copy answers 201 with the API as it was.',
    source: 'contract B.6',
    expect: { status: 201, description: 'before' },
    async run(session) {
      const api = await madeApi(session, { description: 'before' });
      const revision = await madeRevision(session, api.id);
      const body = { ...api, description: 'after' };
      await session.apiManager('PUT', `${publisher}/apis/${api.id}`, { body });
      const path = `${publisher}/apis/${api.id}/restore-revision?revisionId=${revision.id}`;
      const { status } = await session.apiManager('POST', path);
      const restored = await session.apiManager('GET', `${publisher}/apis/${api.id}`);
      return { status, description: restored.body.description };
    },
  },
  {
    id: 'deployed-revision-stays',
    fact: 'A revision that is deployed cannot be removed: 400, 900348.',
    source: 'contract 0.6',
    expect: { status: 400, code: 900348 },
    async run(session) {
      const { id, revision } = await deployed(session);
      return refusal(await session.apiManager('DELETE', `${revisionsOf(id)}/${revision.id}`));
    },
  },
  {
    id: 'deployment-to-no-environment',
    fact: 'An environment that is not there is refused: 400, 900504.',
    source: 'contract B.6',
    expect: { status: 400, code: 900504 },
    async run(session) {
      const { id } = await madeApi(session);
      const revision = await madeRevision(session, id);
      const place = { ...(await firstPlace(session)), name: 'NoSuchEnvironment' };
      return refusal(await deploy(session, id, revision.id, [place]));
    },
  },
  {
    id: 'deployment-to-no-vhost',
    fact: 'A virtual host that the environment does not have is refused: 400.',
    source: 'contract B.6',
    expect: 400,
    // It is accepted.
    otherwise: [{ before: '4.3', found: 201 }],
    async run(session) {
      const { id } = await madeApi(session);
      const revision = await madeRevision(session, id);
      const place = { ...(await firstPlace(session)), vhost: 'no-such-host.example' };
      return (await deploy(session, id, revision.id, [place])).status;
    },
  },
  {
    id: 'gateway-acknowledges-the-deployment',
    fact: 'Some time after the response the deployment shows that a gateway has loaded it.',
    source: 'contract B.6',
    versions: { since: '4.3' },
    expect: { live: true, deployed: 1, failed: 0 },
    async run(session) {
      const { id } = await deployed(session);
      const { body } = await session.until(
        () => session.apiManager('GET', `${revisionsOf(id)}?query=deployed:true`),
        (answer) => answer.body.list?.[0]?.deploymentInfo?.[0]?.deployedGatewayCount > 0,
      );
      const [info] = body.list[0].deploymentInfo;
      return { live: info.liveGatewayCount > 0, deployed: info.deployedGatewayCount, failed: info.failedGatewayCount };
    },
  },
  {
    id: 'gateway-shows-the-artifact',
    fact: "The gateway shows a deployed API's artifact at api-artifact, to an administrator's password.",
    source: 'contract B.6',
    expect: 200,
    async run(session) {
      const { name } = await deployed(session);
      const path = `/api/am/gateway/v2/api-artifact?apiName=${name}&version=1&tenantDomain=carbon.super`;
      const settled = await session.until(
        () => session.apiManager('GET', path),
        ({ status }) => status === 200,
      );
      return settled.status;
    },
  },
  {
    id: 'next-deployment-replaces',
    fact: 'Deploying another revision to an environment replaces the one that was there.',
    source: 'contract B.6',
    expect: { deployed: 1, second: true },
    async run(session) {
      const { id, place } = await deployed(session);
      const second = await madeRevision(session, id);
      await deploy(session, id, second.id, [place]);
      const { body } = await session.apiManager('GET', `${revisionsOf(id)}?query=deployed:true`);
      return { deployed: body.count, second: body.list[0]?.id === second.id };
    },
  },
  {
    id: 'revision-numbers-are-not-reused',
    fact: 'The number of a removed revision is not given again.',
    source: 'contract B.6 [I]',
    expect: 'Revision 2',
    async run(session) {
      const { id } = await madeApi(session);
      const revision = await madeRevision(session, id);
      await session.apiManager('DELETE', `${revisionsOf(id)}/${revision.id}`);
      return (await madeRevision(session, id)).displayName;
    },
  },
]);
