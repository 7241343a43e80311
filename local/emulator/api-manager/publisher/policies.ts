import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest, refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { formMember, pathParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import type { Policy } from '../store.ts';
import { flows } from './api-object.ts';
import { requireApi } from './api-repository.ts';
import { parsePolicySpecification } from './policy-specification.ts';

/** Operation policies of one API. There is no update: a change is another version, or removal and creation. */
export function operationPolicies(app: FastifyInstance, { store }: Instance): void {
  const policies = `${publisher}/apis/:apiId/operation-policies`;
  const policiesOf = (apiId: string) => store.policies.list().filter((policy) => policy.apiId === apiId);
  const requirePolicy = (request: FastifyRequest) => {
    const { id: apiId } = requireApi(store, request).object;
    const id = pathParameter(request, 'operationPolicyId');
    const policy = policiesOf(apiId).find((candidate) => candidate.id === id);
    if (policy === undefined) throw refusal('policyIdNotFound', id);
    return policy;
  };

  app.get(policies, async (request) => {
    const { id } = requireApi(store, request).object;
    return page(request, policiesOf(id).map(shownPolicy));
  });

  app.post(policies, async (request, reply) => {
    const { id: apiId } = requireApi(store, request).object;
    const source = formMember(request, 'policySpecFile');
    if (source === undefined) throw badRequest("'policySpecFile' is required");
    const specification = parsePolicySpecification(source);
    const { name, version } = specification;
    const exists = policiesOf(apiId).some(
      (policy) => policy.specification.name === name && policy.specification.version === version,
    );
    if (exists) throw refusal('policyExists', name, version);

    // What the definition says is looked at when the API is deployed, not here.
    const definition = formMember(request, 'synapsePolicyDefinitionFile') ?? '';
    const md5 = createHash('md5').update(JSON.stringify(specification)).update(definition).digest('hex');
    const policy: Policy = { id: randomUUID(), apiId, specification, definition, md5 };
    store.policies.put(policy.id, policy);
    return reply
      .code(201)
      .header('location', `${publisher}/apis/${apiId}/operation-policies/${policy.id}`)
      .send(shownPolicy(policy));
  });

  app.get(`${policies}/:operationPolicyId`, async (request) => shownPolicy(requirePolicy(request)));

  app.delete(`${policies}/:operationPolicyId`, async (request, reply) => {
    const { id, specification } = requirePolicy(request);
    const { operations } = requireApi(store, request).object;
    const used = operations.some(({ operationPolicies: attached }) =>
      flows.some((flow) =>
        attached[flow].some(
          ({ policyName, policyVersion }) =>
            policyName === specification.name && policyVersion === specification.version,
        ),
      ),
    );
    if (used) throw refusal('policyInUse', id);
    store.policies.remove(id);
    return reply.code(200).send();
  });
}

const shownPolicy = ({ id, specification, md5 }: Policy) => ({ ...specification, id, isAPISpecific: true, md5 });
