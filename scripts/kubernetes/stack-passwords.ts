import type { CoreV1Api, V1Secret } from '@kubernetes/client-node';
import type { serviceUserNames } from '../../programs/outputs.ts';
import { asked } from './errors.ts';

/** What provisioning works with, as the stack has it. */
export interface StackPasswords {
  /** Of the servers' administrators. */
  apiManager: string;
  identityServer: string;
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
    const labelSelector = `app.kubernetes.io/name=${part},app.kubernetes.io/part-of=cdr-stack`;
    const { items } = await asked('list Secrets', core.listNamespacedSecret({ namespace, labelSelector }));
    const age = ({ metadata }: V1Secret) => metadata?.creationTimestamp?.getTime() ?? 0;
    // Content-named: while a change rolls, the one before is still there.
    for (const { data } of items.toSorted((a, b) => age(b) - age(a))) {
      const found = passwordsIn(data ?? {});
      if (found) return found;
    }
  }
  return undefined;
}

function passwordsIn(data: Record<string, string>): StackPasswords | undefined {
  const read = (name: string) =>
    data[name] === undefined ? undefined : Buffer.from(data[name], 'base64').toString('utf8');
  const [apiManager, identityServer] = [read('api-manager'), read('identity-server')];
  if (apiManager === undefined || identityServer === undefined) return undefined;
  const [publisher, subscriber] = [read('publisher'), read('subscriber')];
  const [registration, connector] = [read('registration'), read('connector')];
  if (publisher === undefined || subscriber === undefined || registration === undefined || connector === undefined)
    return { apiManager, identityServer };
  return { apiManager, identityServer, serviceUsers: { publisher, subscriber, registration, connector } };
}
