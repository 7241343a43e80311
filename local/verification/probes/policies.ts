import { madeApi, policyForm, publisher, refusal, specification } from '../objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Answer, Session } from '../session.ts';
import { isOneOf } from '../version.ts';

const takesPolicyType = ({ servers }: Session) => isOneOf({ since: '4.3' }, servers.apiManager?.version ?? '');

const APIS = `${publisher}/apis`;
const COMMON = `${publisher}/operation-policies`;

async function upload(session: Session, apiId: string, spec: string): Promise<Answer> {
  return session.apiManager('POST', `${APIS}/${apiId}/operation-policies`, { body: policyForm(spec) });
}

/** Attaches a policy to every operation and gives the answer. */
async function attach(session: Session, apiId: string, policy: object): Promise<Answer> {
  const { body } = await session.apiManager('GET', `${APIS}/${apiId}`);
  const operations = body.operations.map((operation: object) => ({
    ...operation,
    operationPolicies: { request: [policy], response: [], fault: [] },
  }));
  return session.apiManager('PUT', `${APIS}/${apiId}`, { body: { ...body, operations } });
}

/** Operation policies, which are made and removed but never updated. */
export const policies: Probe[] = probes('api-manager', [
  {
    id: 'policy-is-created-with-md5',
    fact: "An API's policy is created with 201, and its md5 is a JSON text that holds its SHA-256.",
    source: 'real servers',
    expect: { status: 201, hash: 'SHA-256', own: true },
    otherwise: [{ before: '4.3', found: { status: 201, hash: 'md5', own: true } }],
    async run(session) {
      const { id } = await madeApi(session);
      const { status, body } = await upload(session, id, specification(session, session.name()));
      const hash = /^[0-9a-f]{32}$/i.test(body.md5) ? 'md5' : JSON.parse(body.md5).algorithm;
      return { status, hash, own: body.isAPISpecific };
    },
  },
  {
    id: 'policy-md5-is-of-the-content',
    fact: 'The same specification and definition have the same md5 at another API.',
    source: 'contract B.5',
    expect: true,
    async run(session) {
      const spec = specification(session, session.name());
      const [one, other] = [await madeApi(session), await madeApi(session)];
      const md5 = async (id: string) => (await upload(session, id, spec)).body.md5;
      return (await md5(one.id)) === (await md5(other.id));
    },
  },
  {
    id: 'policy-name-and-version-are-taken',
    fact: 'A second policy of one name and version is refused: 500, and 500 is its number, too.',
    source: 'real servers',
    versions: { since: '4.3' },
    expect: { status: 500, code: 500 },
    async run(session) {
      const { id } = await madeApi(session);
      const spec = specification(session, session.name());
      await upload(session, id, spec);
      return refusal(await upload(session, id, spec));
    },
  },
  {
    id: 'policy-specification-that-is-bad',
    fact: 'A bad specification answers 500, not 400.',
    source: 'contract B.5',
    expect: 500,
    async run(session) {
      const { id } = await madeApi(session);
      return (await upload(session, id, '{"type": "operation_policy_specification", "data": {}}')).status;
    },
  },
  {
    id: 'policy-has-no-update',
    fact: 'There is no way to update a policy.',
    source: 'contract B.5',
    expect: false,
    async run(session) {
      const { id } = await madeApi(session);
      const spec = specification(session, session.name());
      const { body } = await upload(session, id, spec);
      const path = `${APIS}/${id}/operation-policies/${body.id}`;
      return (await session.apiManager('PUT', path, { body: policyForm(spec) })).status < 300;
    },
  },
  {
    id: 'policy-in-use-stays',
    fact: 'A policy that is attached cannot be removed: 500, and 500 is its number, too.',
    source: 'real servers',
    expect: { attached: 200, code: 500 },
    async run(session) {
      const { id } = await madeApi(session);
      const name = session.name();
      const { body } = await upload(session, id, specification(session, name));
      const { status } = await attach(session, id, { policyName: name, policyVersion: 'v1', parameters: {} });
      const removal = await session.apiManager('DELETE', `${APIS}/${id}/operation-policies/${body.id}`);
      return { attached: status, code: removal.body?.code ?? null };
    },
  },
  {
    id: 'policy-that-is-not-there-is-not-attached',
    fact: 'A policy that was not uploaded cannot be attached: 400, 902005.',
    source: 'contract B.2',
    expect: { status: 400, code: 902005 },
    otherwise: [{ before: '4.3', found: { status: 500, code: 500 } }],
    async run(session) {
      const { id } = await madeApi(session);
      return refusal(await attach(session, id, { policyName: session.name(), policyVersion: 'v1', parameters: {} }));
    },
  },
  {
    id: 'policy-parameters-are-required',
    fact: 'A required parameter that is missing is refused: 400, 902009.',
    source: 'real servers',
    expect: { status: 400, code: 902009 },
    otherwise: [{ before: '4.3', found: { status: 500, code: 500 } }],
    async run(session) {
      const { id } = await madeApi(session);
      const name = session.name();
      const attribute = { name: 'needed', displayName: 'Needed', type: 'String', required: true };
      await upload(session, id, specification(session, name, { policyAttributes: [attribute] }));
      return refusal(await attach(session, id, { policyName: name, policyVersion: 'v1', parameters: {} }));
    },
  },
  {
    id: 'policy-parameters-are-kept',
    fact: 'The parameters of an attached policy read back as they were set, and the policy by its id.',
    source: 'contract B.5',
    expect: { attached: 200, value: 'set', read: 200 },
    async run(session) {
      const { id } = await madeApi(session);
      const name = session.name();
      const attribute = { name: 'needed', displayName: 'Needed', type: 'String', required: true };
      const { body: policy } = await upload(
        session,
        id,
        specification(session, name, { policyAttributes: [attribute] }),
      );
      const wanted = { policyName: name, policyVersion: 'v1', parameters: { needed: 'set' } };
      const { status } = await attach(session, id, wanted);
      const { body } = await session.apiManager('GET', `${APIS}/${id}`);
      const [found] = body.operations[0].operationPolicies.request;
      const read = await session.apiManager('GET', `${APIS}/${id}/operation-policies/${policy.id}`);
      return { attached: status, value: found.parameters.needed, read: read.status };
    },
  },
  {
    id: 'common-policy-stays-common',
    fact: "An attached common policy is not listed among the API's own policies.",
    source: 'real servers',
    expect: { attached: 200, own: false },
    async run(session) {
      const { id } = await madeApi(session);
      const name = session.name();
      const { body: common } = await session.apiManager('POST', COMMON, {
        body: policyForm(specification(session, name)),
      });
      session.cleanUp(() => session.apiManager('DELETE', `${COMMON}/${common.id}`));
      // The type of a policy came later: a member that is not known is refused.
      const { status } = await attach(session, id, {
        policyName: name,
        policyVersion: 'v1',
        ...(takesPolicyType(session) && { policyType: 'common' }),
        parameters: {},
      });
      const { body } = await session.apiManager('GET', `${APIS}/${id}/operation-policies?limit=100`);
      return { attached: status, own: body.list.some((policy: { name: string }) => policy.name === name) };
    },
  },
]);
