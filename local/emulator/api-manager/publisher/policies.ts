import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest, refusal, serverError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { formMember, pathParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import type { Policy, Store } from '../store.ts';
import { type AttachedPolicy, flows, type Operation } from './api-object.ts';
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
  { store, quirks, product }: Instance,
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
    const specification = parsePolicySpecification(source, product);
    const { name, version } = specification;
    if (policiesOf(owner).some(({ specification: other }) => other.name === name && other.version === version)) {
      if (quirks.duplicatePolicyStatus === 409) throw refusal('policyExists', name, version);
      throw serverError(`Existing operation policy found for the same name. Name: ${name}, version: ${version}`);
    }

    // What the definition says is looked at when the API is deployed, not here.
    const definition = formMember(request, 'synapsePolicyDefinitionFile') ?? '';
    const md5 = hashOf(product, JSON.stringify(specification), definition);
    const policy: Policy = { id: randomUUID(), apiId: owner, specification, definition, md5 };
    store.policies.put(policy.id, policy);
    const location = `${path.replace(':apiId', owner)}/${policy.id}`;
    return reply.code(201).header('location', location).send(shownPolicy(policy));
  });

  app.get(`${path}/:operationPolicyId`, async (request) => shownPolicy(requirePolicy(request)));

  app.put(`${path}/:operationPolicyId`, async (_, reply) => reply.code(405).send());

  app.delete(`${path}/:operationPolicyId`, async (request, reply) => {
    const { id, apiId, specification } = requirePolicy(request);
    // [I] Of a common policy that is attached.
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

/** The API's own policies, and the common ones that it may name as well. */
export const usablePolicies = (apiId: string, store: Store): Policy[] =>
  store.policies
    .list()
    .filter((policy) => policy.apiId === apiId || policy.apiId === COMMON)
    .sort((one, other) => Number(one.apiId === COMMON) - Number(other.apiId === COMMON));

/** The operations with each attached policy as stored: with the id of the named policy, and its type. */
export function withPolicyIds(operations: readonly Operation[], apiId: string, store: Store): Operation[] {
  const usable = usablePolicies(apiId, store);
  const stored = (attached: AttachedPolicy): AttachedPolicy => {
    const policy = usable.find(
      ({ specification: { name, version } }) => name === attached.policyName && version === attached.policyVersion,
    );
    if (policy === undefined) return attached;
    return { ...attached, policyId: policy.id, policyType: policy.apiId === COMMON ? 'common' : 'api' };
  };
  return operations.map((operation) => ({
    ...operation,
    operationPolicies: {
      request: operation.operationPolicies.request.map(stored),
      response: operation.operationPolicies.response.map(stored),
      fault: operation.operationPolicies.fault.map(stored),
    },
  }));
}

function hashOf({ policyHash }: Instance['product'], ...contents: string[]): string {
  const algorithm = policyHash === 'md5' ? 'md5' : 'sha256';
  const hash = contents.reduce((made, content) => made.update(content), createHash(algorithm)).digest('hex');
  return policyHash === 'md5' ? hash : JSON.stringify({ hash, algorithm: 'SHA-256' });
}

const shownPolicy = ({ id, apiId, specification, md5 }: Policy) => ({
  ...specification,
  id,
  isAPISpecific: apiId !== COMMON,
  md5,
});
