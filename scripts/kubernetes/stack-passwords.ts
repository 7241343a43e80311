import type { CoreV1Api, V1Secret } from '@kubernetes/client-node';
import type { serviceUserNames } from '../../programs/outputs.ts';
import { asked } from './errors.ts';

/** What provisioning works with, as the stack has it. */
export interface StackPasswords {
  /** Of the servers' administrators. */
  apiManager: string;
  identityServer: string;
  /** Where API Manager serves its SOAP services; undefined in a stack that was deployed before it had one. */
  servicePath?: string | undefined;
  /** Of the users that they make; undefined where the stack has none. */
  serviceUsers?: Record<keyof typeof serviceUserNames, string> | undefined;
}

/**
 * Which Secret has them, by the labels that the program gives it. Without service users dcr-service calls both servers as their
 * administrator; with them its Secret holds passwords of its own, and the others are in one of theirs.
 */
const parts = ['service-users', 'dcr-service'] as const;

/** The passwords of the stack; undefined when the namespace holds no such Secret. */
export async function readStackPasswords(core: CoreV1Api, namespace: string): Promise<StackPasswords | undefined> {
  for (const part of parts) {
    for (const data of await secretsOf(core, namespace, part)) {
      const found = passwordsIn(data);
      if (!found) continue;
      const servicePath = await servicePathIn(core, namespace);
      return { ...found, ...(servicePath !== undefined && { servicePath }) };
    }
  }
  return undefined;
}

/** As API Manager itself is given it. */
async function servicePathIn(core: CoreV1Api, namespace: string): Promise<string | undefined> {
  const all = await secretsOf(core, namespace, 'api-manager');
  return all.map((data) => decoded(data.WSO2_SERVICE_PATH)).find((path) => path !== undefined);
}

/** What a part's Secrets hold, the youngest one first: content-named, so that while a change rolls, the one before is still there. */
async function secretsOf(core: CoreV1Api, namespace: string, part: string): Promise<Record<string, string>[]> {
  const labelSelector = `app.kubernetes.io/name=${part},app.kubernetes.io/part-of=cdr-stack`;
  const { items } = await asked('list Secrets', core.listNamespacedSecret({ namespace, labelSelector }));
  const age = ({ metadata }: V1Secret) => metadata?.creationTimestamp?.getTime() ?? 0;
  return items.toSorted((a, b) => age(b) - age(a)).map(({ data }) => data ?? {});
}

const decoded = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');

function passwordsIn(data: Record<string, string>): StackPasswords | undefined {
  const read = (name: string) => decoded(data[name]);
  const [apiManager, identityServer] = [read('api-manager'), read('identity-server')];
  if (apiManager === undefined || identityServer === undefined) return undefined;
  const [publisher, subscriber] = [read('publisher'), read('subscriber')];
  const [registration, connector] = [read('registration'), read('connector')];
  if (publisher === undefined || subscriber === undefined || registration === undefined || connector === undefined)
    return { apiManager, identityServer };
  return { apiManager, identityServer, serviceUsers: { publisher, subscriber, registration, connector } };
}
