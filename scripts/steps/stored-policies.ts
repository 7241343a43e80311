import type { Policy } from '@cdr-stack/wso2';
import type { DeclaredPolicy } from '../declared-policy.ts';
import type { ApiEnvironment } from '../environment.ts';

type Where = Pick<ApiEnvironment, 'declared' | 'ledger'>;

/** The name of a policy in the ledger. A policy that somebody deletes and makes again under its name has another id. */
const rememberedAs = ({ name, version }: Policy, { declared }: Where) =>
  `policy ${name} ${version ?? ''} of API ${declared.name} ${declared.version}`;

const fingerprint = ({ id, md5 }: Pick<Policy, 'id' | 'md5'>, contentHash: string) =>
  JSON.stringify([id, md5 ?? '', contentHash]);

const descriptionOf = ({ description }: Policy) => String(description ?? '');

/** Made by a run of ours: the description ends with a content hash. */
export const isOurs = (one: Policy) => /\(sha256:[0-9a-f]{12}\)$/.test(descriptionOf(one));

/** Keeps what the server said of a policy just after this run stored it: its id, and its own checksum of the content. */
export async function rememberPolicy(stored: Policy, { contentHash }: DeclaredPolicy, where: Where): Promise<void> {
  const name = rememberedAs(stored, where);
  await where.ledger.remember(name, fingerprint(stored, contentHash));
  await where.ledger.remember(`${name}, stored`, 'once');
}

/**
 * The stored policies without those that only look like declared ones. Their description says what they hold, and anybody can write one:
 * where the ledger remembers a policy of that name and version, id and checksum have to be those that the server gave to ours. A ledger
 * that remembers none, such as on another machine, leaves the description as the only evidence.
 */
export async function withoutForgeries(
  stored: readonly Policy[],
  declared: readonly DeclaredPolicy[],
  where: Where,
): Promise<Set<Policy>> {
  const genuine = await Promise.all(
    stored.map(async (one) => {
      const wanted = declared.find(({ contentHash }) => descriptionOf(one).includes(contentHash));
      if (!wanted) return [];
      const name = rememberedAs(one, where);
      const [isExact, isKnown] = await Promise.all([
        where.ledger.wasApplied(name, fingerprint(one, wanted.contentHash)),
        where.ledger.wasApplied(`${name}, stored`, 'once'),
      ]);
      return isExact || !isKnown ? [one] : [];
    }),
  );
  return new Set(genuine.flat());
}
