import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest, refusal, serverError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { formMember, pathParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import type { Policy } from '../store.ts';
import { flows, type Operation } from './api-object.ts';
import { requireApi } from './api-repository.ts';
import { parsePolicySpecification } from './policy-specification.ts';

/** The owner of a policy that any API may use. */
const COMMON = '';

/**
 * Operation policies, of one API and common ones. There is no update: a change is another version, or removal and
 * creation.
 */
export function operationPolicies(app: FastifyInstance, instance: Instance): void {
  const { store } = instance;
  policiesAt(
    app,
    instance,
    `${publisher}/apis/:apiId/operation-policies`,
    (request) => requireApi(store, request).object.id,
  );
  policiesAt(app, instance, `${publisher}/operation-policies`, () => COMMON);
}

function policiesAt(
  app: FastifyInstance,
  { store, quirks }: Instance,
  path: string,
  ownerOf: (request: FastifyRequest) => string,
): void {
  const policiesOf = (owner: string) => store.policies.list().filter((policy) => policy.apiId === owner);
  const requirePolicy = (request: FastifyRequest) => {
    const id = pathParameter(request, 'operationPolicyId');
    const policy = policiesOf(ownerOf(request)).find((candidate) => candidate.id === id);
    if (policy === undefined) throw refusal('policyIdNotFound', id);
    return policy;
  };

  app.get(path, async (request) => page(request, policiesOf(ownerOf(request)).map(shownPolicy)));

  app.post(path, async (request, reply) => {
    const owner = ownerOf(request);
    const source = formMember(request, 'policySpecFile');
    if (source === undefined) throw badRequest("'policySpecFile' is required");
    const specification = parsePolicySpecification(source);
    const { name, version } = specification;
    if (policiesOf(owner).some(({ specification: other }) => other.name === name && other.version === version)) {
      if (quirks.duplicatePolicyStatus === 409) throw refusal('policyExists', name, version);
      throw serverError(`Existing operation policy found for the same name. Name: ${name}, version: ${version}`);
    }

    // What the definition says is looked at when the API is deployed, not here.
    const definition = formMember(request, 'synapsePolicyDefinitionFile') ?? '';
    const md5 = createHash('md5').update(JSON.stringify(specification)).update(definition).digest('hex');
    const policy: Policy = { id: randomUUID(), apiId: owner, specification, definition, md5 };
    store.policies.put(policy.id, policy);
    const location = `${path.replace(':apiId', owner)}/${policy.id}`;
    return reply.code(201).header('location', location).send(shownPolicy(policy));
  });

  app.get(`${path}/:operationPolicyId`, async (request) => shownPolicy(requirePolicy(request)));

  app.delete(`${path}/:operationPolicyId`, async (request, reply) => {
    const { id, apiId, specification } = requirePolicy(request);
    // A common policy that is attached lives on in its copies.
    const operations = apiId === COMMON ? [] : (store.apis.get(apiId)?.object.operations ?? []);
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

/**
 * Gives the API copies of the common policies that its operations name and that it has not got: each copy has an id of
 * its own, and the md5 of the original.
 */
export function adoptCommonPolicies(
  { store, quirks }: Instance,
  apiId: string,
  operations: readonly Operation[],
): void {
  const policies = store.policies.list();
  const attached = operations.flatMap(({ operationPolicies: by }) => flows.flatMap((flow) => by[flow]));
  for (const { policyName, policyVersion } of attached) {
    const named = ({ specification: { name, version } }: Policy) => name === policyName && version === policyVersion;
    const own = store.policies.list().some((policy) => policy.apiId === apiId && named(policy));
    const common = policies.find((policy) => policy.apiId === COMMON && named(policy));
    if (own || common === undefined) continue;
    const id = quirks.clonesCommonPolicies ? randomUUID() : `${apiId} ${common.id}`;
    store.policies.put(id, { ...common, id: quirks.clonesCommonPolicies ? id : common.id, apiId });
  }
}

const shownPolicy = ({ id, apiId, specification, md5 }: Policy) => ({
  ...specification,
  id,
  isAPISpecific: apiId !== COMMON,
  md5,
});
