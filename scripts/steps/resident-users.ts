import type { Api } from '@cdr-stack/wso2';
import { ConsentNeeded } from '../engine/errors.ts';
import type { Consent, Environment } from '../environment.ts';
import { ownerOf } from '../ownership.ts';
import { throwAway } from './operational-key-manager.ts';

/**
 * Objects that depend on a key manager, and that this environment neither owns nor is about to adopt: APIs that accept its tokens (or those
 * of any key manager) and applications with its keys, as far as this account sees them: only owners see their applications.
 */
export async function boundTo(
  keyManager: string,
  { apiManager: { publisher, devportal }, apis: ours, consent, owner }: Environment,
): Promise<string[]> {
  const [listed, found] = await Promise.all([publisher.listApis(), devportal.listApplications()]);
  // It may go while it is looked at.
  const applications = found.filter(({ name }) => name !== throwAway);
  const [apis, keys] = await Promise.all([
    Promise.all(listed.map(({ id }) => publisher.getApi(id))),
    Promise.all(applications.map(({ applicationId }) => devportal.listKeys(applicationId))),
  ]);
  const isOurs = (api: Api) =>
    ownerOf(api) === owner ||
    (consent.adopt && ours.some(({ declared }) => declared.name === api.name && declared.version === api.version));
  const takesItsTokens = apis.filter(
    (api) => !isOurs(api) && api.keyManagers?.some((name) => name === keyManager || name === 'all'),
  );
  const hasItsKeys = applications.filter((_, index) => keys[index]?.some((key) => key.keyManager === keyManager));
  return [
    ...takesItsTokens.map(
      ({ name, version, keyManagers }) => `API ${name} ${version} (key managers: ${keyManagers?.join(', ')})`,
    ),
    ...hasItsKeys.map(({ name }) => `application ${name}`),
  ];
}

/** @throws {ConsentNeeded} if objects depend on it and `yes` is not set. */
export function refuseBound(bound: readonly string[], { yes }: Consent): void {
  if (bound.length === 0 || yes) return;
  throw new ConsentNeeded(
    `The resident key manager is used by others, who would lose it: ${bound.join('; ')}. --yes switches it off all the same; ` +
      'residentKeyManager.enabled: true leaves it on.',
  );
}
