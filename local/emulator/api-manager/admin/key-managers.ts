import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { missingFields } from '../connectors/key-manager-types.ts';
import { badRequest, conflict, refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { pathParameter } from '../request-body.ts';
import { admin } from '../scopes.ts';
import { type KeyManager, parseKeyManager } from './key-manager-object.ts';
import { masked, opened, sealed } from './key-manager-secrets.ts';
import { RESIDENT } from './resident-key-manager.ts';

/** Key managers of the Admin REST API v4. An update replaces the whole of it: what is left out is gone. */
export function adminKeyManagers(app: FastifyInstance, instance: Instance): void {
  const { store, keyManagers, keyManagerTypes, encryption, quirks, product } = instance;
  const requireKeyManager = (request: FastifyRequest) => {
    const found = store.keyManagers.get(pathParameter(request, 'keyManagerId'));
    if (found === undefined) throw refusal('keyManagerNotFound');
    return found;
  };

  const told = <T extends KeyManager>(stored: T) => ({
    ...stored,
    endpoints: [],
    global: false,
    permissions: stored.permissions ?? { permissionType: 'PUBLIC', roles: [] },
    additionalProperties: { self_validate_jwt: stored.enableSelfValidationJWT, ...stored.additionalProperties },
  });
  const shown = <T extends KeyManager>(stored: T) =>
    told(quirks.masksSecrets ? masked(stored) : opened(stored, encryption));

  app.get(`${admin}/key-managers`, async () => {
    const list = store.keyManagers.list().map(({ id, name, type, description = '', enabled, tokenType }) => {
      const isUsed = store.keyMappings.list().some(({ keyManager }) => keyManager === name);
      return { id, name, type, description, enabled, isGlobal: false, isUsed, tokenType };
    });
    return { count: list.length, list };
  });

  app.post(`${admin}/key-managers`, async (request, reply) => {
    const keyManager = parseKeyManager(request.body);
    requireConfiguration(keyManager);
    if (store.keyManagers.list().some(({ name }) => name === keyManager.name)) throw refusal('keyManagerExists');
    const created = { ...sealed(keyManager, encryption), id: randomUUID() };
    store.keyManagers.put(created.id, created);
    keyManagers.announce(created.id, created.name);
    return (
      reply
        .code(201)
        .header('location', `${admin}/key-managers/${created.id}`)
        // In clear, this once.
        .send(told(opened(created, encryption)))
    );
  });

  app.get(`${admin}/key-managers/:keyManagerId`, async (request) => shown(requireKeyManager(request)));

  app.put(`${admin}/key-managers/:keyManagerId`, async (request) => {
    const stored = requireKeyManager(request);
    const sent = parseKeyManager(request.body);
    const keyManager = quirks.replacesKeyManagers ? sent : { ...stored, ...given(request.body, sent) };
    if (keyManager.name !== stored.name) throw badRequest('Key Manager name cannot be changed');
    if (keyManager.type !== stored.type && !product.changesKeyManagerTypes) {
      throw badRequest('Key Manager type cannot be changed');
    }
    requireConfiguration(keyManager);
    const replaced = { ...sealed(keyManager, encryption, stored), id: stored.id };
    store.keyManagers.put(stored.id, replaced);
    keyManagers.announce(stored.id, stored.name);
    return shown(replaced);
  });

  app.delete(`${admin}/key-managers/:keyManagerId`, async (request, reply) => {
    const { id, name } = requireKeyManager(request);
    if (name === RESIDENT) throw badRequest(`${RESIDENT} cannot be deleted`);
    if (store.keyMappings.list().some((mapping) => mapping.keyManager === name)) {
      throw conflict(`Key Manager ${name} is used by applications`);
    }
    store.keyManagers.remove(id);
    keyManagers.announce(id, name);
    return reply.code(200).send();
  });

  /** URLs are not looked at; what the connector of the type requires must be there, and the answer does not say what is missing. */
  function requireConfiguration({ type, additionalProperties }: KeyManager): void {
    const known = keyManagerTypes.find((offered) => offered.type === type);
    if (known === undefined) throw refusal('keyManagerTypeUnknown');
    if (missingFields(known, additionalProperties).length > 0) throw refusal('keyManagerConfigurationMissing');
  }
}

/** What was sent, without the defaults of what was not. */
const given = (body: unknown, parsed: KeyManager): Partial<KeyManager> =>
  Object.fromEntries(Object.entries(parsed).filter(([name]) => name in Object(body)));
