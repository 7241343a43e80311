import type { CoreV1Api, V1Secret } from '@kubernetes/client-node';
import { asked } from './errors.ts';

/** dcr-service calls both servers as their administrator; its Secret is found by the labels that the program gives it. */
const labelSelector = 'app.kubernetes.io/name=dcr-service,app.kubernetes.io/part-of=cdr-stack';

/** The administrator's passwords as the stack has them; undefined when the namespace holds no such Secret. */
export async function readStackPasswords(
  core: CoreV1Api,
  namespace: string,
): Promise<{ apiManager: string; identityServer: string } | undefined> {
  const { items } = await asked('list Secrets', core.listNamespacedSecret({ namespace, labelSelector }));
  const age = ({ metadata }: V1Secret) => metadata?.creationTimestamp?.getTime() ?? 0;
  // Content-named: while a change rolls, the one before is still there.
  for (const { data } of items.toSorted((a, b) => age(b) - age(a))) {
    const { 'api-manager': apiManager, 'identity-server': identityServer } = data ?? {};
    if (apiManager !== undefined && identityServer !== undefined) {
      return { apiManager: decode(apiManager), identityServer: decode(identityServer) };
    }
  }
  return undefined;
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');
