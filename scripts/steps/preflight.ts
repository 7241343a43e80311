import { oldestApiManager, probeGeneration } from '@cdr-stack/wso2';
import { certificatesIn, clientCertificateFaults, dateFaults } from '../certificate-faults.ts';
import type { DeclaredApi } from '../declared-api.ts';
import { ConsentNeeded, StepError } from '../engine/errors.ts';
import { type Task, watch } from '../engine/step.ts';
import type { Environment, ProvisionedApi } from '../environment.ts';
import { openApiFaults } from '../openapi-document.ts';
import { refuseForeign } from '../ownership.ts';
import { apiConflicts } from './api-conflicts.ts';
import { refuseForeignUser, seenUsers } from './api-manager-users.ts';
import { targetOf } from './gateway-environments.ts';
import { refuseForeignIdentityUser, seenIdentityUsers } from './identity-server-users.ts';
import { keyManagerNamed } from './key-manager.ts';
import { chooseType } from './key-manager-type.ts';
import { residentKeyManagerBefore, residentName } from './resident-key-manager.ts';
import { boundTo, refuseBound } from './resident-users.ts';

/**
 * Checks whether the declaration can be applied at all: it looks for everything that would make a later step fail before the first write,
 * and reports all of it at once.
 */
export const preflight = watch<Environment>({
  name: 'preflight',
  title: 'Declaration fits the servers',
  needs: ['servers'],
  async look(environment, task) {
    const checks = [
      fault(() => versionAndType(environment, task)),
      certificates(environment),
      apiConflicts(environment),
      ...environment.apis.flatMap(({ declared }) => [
        definitionFaults(declared, environment),
        offers(declared, environment),
      ]),
      ...(task.mode === 'apply' ? consents(environment) : []),
    ];
    const faults = (await Promise.all(checks)).flat();
    if (faults.length === 0) return;
    const text = faults.map(({ message }) => message).join('\n');
    const isOnlyConsent = faults.every((one) => one instanceof ConsentNeeded);
    throw isOnlyConsent ? new ConsentNeeded(text) : new StepError(text);
  },
});

type Faults = Promise<Error[]>;

/** Returns the faults that a check throws for the user as values; rethrows all others (such as a failing server). */
async function fault(check: () => Promise<void> | void): Faults {
  try {
    await check();
    return [];
  } catch (error) {
    if (error instanceof StepError || error instanceof ConsentNeeded) return [error];
    throw error;
  }
}

const faultsOf = (messages: readonly string[]) => messages.map((message) => new StepError(message));

async function versionAndType({ apiManager, settings }: Environment, task: Task): Promise<void> {
  const { isTooOld, isUnknown, known, version, keyManagerTypes } = await probeGeneration(apiManager);
  if (isTooOld) {
    throw new StepError(
      `API Manager is ${version}: ${oldestApiManager} is the oldest that can be provisioned, because operation policies came with it.`,
    );
  }
  if (isUnknown) {
    task.remark?.(`API Manager is ${version}, of which nothing is known: it is treated as ${known.version}`);
  }
  const existing = await keyManagerNamed(settings.keyManager.name, apiManager);
  chooseType(settings.keyManager.type, existing?.type, keyManagerTypes);
}

async function certificates({ outputs, probe }: Environment): Faults {
  const { servers, recipients } = outputs.trust;
  return faultsOf([
    ...dateFaults("the servers' CAs", certificatesIn(servers)),
    ...(recipients === servers ? [] : dateFaults("the recipients' CAs", certificatesIn(recipients))),
    ...(probe ? clientCertificateFaults(probe, recipients) : []),
  ]);
}

/** OpenAPI is judged here, and by API Manager, which knows better what it imports. */
async function definitionFaults(
  { name, definition, definitionText }: DeclaredApi,
  { apiManager }: Environment,
): Faults {
  const ours = await openApiFaults(definition);
  if (ours.length > 0) return faultsOf(ours.map((one) => `OpenAPI of API ${name}: ${one}.`));
  const { isValid, errors } = await apiManager.publisher.validateOpenApi(definitionText);
  if (isValid) return [];
  const theirs = (errors ?? []).map(({ message, description }) => description ?? message ?? 'no reason given');
  return faultsOf([`OpenAPI of API ${name}: API Manager refuses it: ${theirs.join('; ') || 'no reason given'}.`]);
}

/** Gateways, virtual hosts, plans and key managers that an API names. */
async function offers({ name, gateways, runtime }: DeclaredApi, { apiManager, settings }: Environment): Faults {
  const [offered, plans, keyManagers] = await Promise.all([
    apiManager.publisher.settings(),
    apiManager.publisher.businessPlans(),
    apiManager.admin.listKeyManagers(),
  ]);
  const known = ['all', settings.keyManager.name, ...keyManagers.map((one) => one.name)];
  const missing = (what: string, wanted: unknown, there: readonly string[]) =>
    (wanted as string[])
      .filter((one) => !there.includes(one))
      .map((one) => new StepError(`API ${name}: there is no ${what} ${one}; there are: ${there.join(', ')}.`));
  const targets = await Promise.all(gateways.map((gateway) => fault(() => void targetOf(gateway, offered))));
  return [
    ...targets.flat(),
    ...missing('business plan', runtime.policies, plans),
    ...missing('key manager', runtime.keyManagers, known),
  ];
}

/** What would be refused half-way is refused before anything is written. */
function consents(environment: Environment): Faults[] {
  const { apiManager, apis, settings, consent, ledger } = environment;
  return [
    fault(async () => {
      const { name } = settings.keyManager;
      const found = await keyManagerNamed(name, apiManager);
      if (found) refuseForeign(`Key manager ${name}`, found, environment);
    }),
    fault(async () => {
      if (settings.residentKeyManager.enabled) return;
      // The list shows whether it is enabled: no need to read it in full. Who uses it is asked beside the list until a run has switched it
      // off: the first write waits for both answers.
      const isOffByUs = await ledger.wasApplied(residentKeyManagerBefore, 'enabled');
      const bound = isOffByUs ? undefined : boundTo(residentName, environment);
      bound?.catch(() => {});
      const resident = (await apiManager.admin.listKeyManagers()).find((one) => one.name === residentName);
      if (resident?.enabled !== false) refuseBound(await (bound ?? boundTo(residentName, environment)), consent);
    }),
    ...apis.map((one) => fault(() => apiIsOurs(one, environment))),
    fault(async () => {
      for (const one of await seenUsers(environment)) refuseForeignUser(one, environment);
    }),
    fault(async () => {
      for (const one of await seenIdentityUsers(environment)) refuseForeignIdentityUser(one, environment);
    }),
  ];
}

async function apiIsOurs({ api, declared }: ProvisionedApi, environment: Environment): Promise<void> {
  const found = await api.find();
  const resource = `API ${declared.name} ${declared.version}`;
  if (found?.lifeCycleStatus === 'RETIRED') {
    // API Manager itself takes changes of it, and refuses the deployment (903227).
    throw new StepError(
      `${resource} is retired, from where no way leads back: declare another version, or delete it in the Publisher.`,
    );
  }
  if (found) refuseForeign(resource, found, environment);
  else if (!declared.runtime.endpointConfig) {
    throw new StepError(
      `API ${declared.name} has no endpoint to forward to: declare one, or give dcr-service's by --endpoint.`,
    );
  }
}
