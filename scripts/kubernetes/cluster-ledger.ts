import { randomBytes } from 'node:crypto';
import { CoordinationV1Api, CoreV1Api, type KubeConfig, type V1Secret } from '@kubernetes/client-node';
import { z } from 'zod';
import { keyedHash, type Ledger } from '../ledger.ts';
import { asked, askedIfThere, isConflict } from './errors.ts';
import { KubernetesError } from './kubernetes-error.ts';
import { type LeaseOptions, leaseLock } from './lease.ts';

/** Lease and Secret have the same name. */
const name = 'cdr-stack-provisioning';

interface Applied {
  key: Buffer;
  hashes: Record<string, string>;
}

/** A ledger in the environment's namespace: a Lease is the lock, a Secret holds the keyed hashes and their key. */
export function openClusterLedger(
  kubeconfig: KubeConfig,
  namespace: string,
  timing: Pick<LeaseOptions, 'durationSeconds' | 'renewSeconds'> = {},
): Ledger {
  const core = kubeconfig.makeApiClient(CoreV1Api);
  const leases = kubeconfig.makeApiClient(CoordinationV1Api);
  const lock = leaseLock({ leases, namespace, name, ...timing });

  const read = () => askedIfThere(`show Secret ${name}`, core.readNamespacedSecret({ name, namespace }));

  function write(secret: V1Secret | undefined, applied: Applied): Promise<V1Secret> {
    const data = encode(applied);
    const what = `change Secret ${name}`;
    if (secret) return asked(what, core.replaceNamespacedSecret({ name, namespace, body: { ...secret, data } }));
    const metadata = { name, labels: { 'app.kubernetes.io/part-of': 'cdr-stack' } };
    return asked(what, core.createNamespacedSecret({ namespace, body: { metadata, type: 'Opaque', data } }));
  }

  async function add(what: string, secret: string): Promise<void> {
    // The lock keeps other runs away; a run that has lost the lock may still be writing.
    for (let attempt = 1; ; attempt += 1) {
      const stored = await read();
      const { key, hashes } = decode(stored) ?? { key: randomBytes(32), hashes: {} };
      try {
        await write(stored, { key, hashes: { ...hashes, [what]: keyedHash(key, what, secret) } });
        return;
      } catch (error) {
        if (!isConflict(error) || attempt === 5) throw error;
      }
    }
  }
  let before = Promise.resolve();

  return {
    place: `Lease ${name} in namespace ${namespace}`,
    tryLock: lock.tryLock,
    async wasApplied(what, secret) {
      const applied = decode(await read());
      return applied !== undefined && applied.hashes[what] === keyedHash(applied.key, what, secret);
    },
    remember(what, secret) {
      // One after the other: steps that run at once would each have to try again for every other.
      const remembered = before.then(() => add(what, secret));
      before = remembered.catch(() => {});
      return remembered;
    },
  };
}

const hashesDocument = z.record(z.string(), z.string());

function encode({ key, hashes }: Applied): Record<string, string> {
  return {
    'hash-key': key.toString('base64'),
    'applied-secrets.json': Buffer.from(JSON.stringify(hashes)).toString('base64'),
  };
}

function decode(secret: V1Secret | undefined): Applied | undefined {
  const { 'hash-key': key, 'applied-secrets.json': hashes } = secret?.data ?? {};
  if (key === undefined || hashes === undefined) return undefined;
  try {
    const document: unknown = JSON.parse(Buffer.from(hashes, 'base64').toString('utf8'));
    return { key: Buffer.from(key, 'base64'), hashes: hashesDocument.parse(document) };
  } catch {
    throw new KubernetesError('failed', `Secret ${name} holds no record of applied secrets: delete it, and run again.`);
  }
}
