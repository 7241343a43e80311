import { isDeepStrictEqual } from 'node:util';
import PQueue from 'p-queue';
import { expectationOf, type Probe } from './probe.ts';
import type { Exchange, Finding } from './recording.ts';
import { redacted } from './redaction.ts';
import type { AskedServer, Servers } from './servers.ts';
import { openSession } from './session.ts';
import { isOneOf, type Product } from './version.ts';

/** What became of one probe. */
export interface Verdict {
  id: string;
  product: Product;
  fact: string;
  source: string;
  /** Of a server of this version. */
  expected: Finding;
  outcome: 'holds' | 'differs' | 'failed' | 'skipped';
  /** When it was found out. */
  found?: Finding;
  /** Why it failed or was skipped, or what is left behind. */
  reason?: string;
  /** Redacted. */
  exchanges: Exchange[];
}

export interface RunOptions {
  allowDestructive?: boolean;
  /** Probes at a time; those that are destructive run alone and last. Default 1. */
  concurrency?: number;
  onVerdict?: (verdict: Verdict) => void;
}

/** Asks the servers every probe that applies to them; verdicts come in the order of the probes. */
export async function runProbes(
  probes: readonly Probe[],
  servers: Servers,
  options: RunOptions = {},
): Promise<Verdict[]> {
  const { allowDestructive = false, concurrency = 1, onVerdict } = options;
  const verdicts = new Map<Probe, Verdict>();
  const judge = async (probe: Probe) => {
    const verdict = await verdictOn(probe, servers, allowDestructive);
    verdicts.set(probe, verdict);
    onVerdict?.(verdict);
  };
  const queue = new PQueue({ concurrency });
  await queue.addAll(probes.filter(({ destructive }) => !destructive).map((probe) => () => judge(probe)));
  for (const probe of probes.filter(({ destructive }) => destructive)) await judge(probe);
  return probes.flatMap((probe) => verdicts.get(probe) ?? []);
}

async function verdictOn(probe: Probe, servers: Servers, allowDestructive: boolean): Promise<Verdict> {
  const { id, product, fact, source } = probe;
  const asked = serverOf(product, servers);
  const expected = asked === undefined ? probe.expect : expectationOf(probe, asked.version);
  const common = { id, product, fact, source, expected };
  const hindrance = hindranceTo(probe, servers, allowDestructive);
  if (hindrance !== undefined) return { ...common, outcome: 'skipped', reason: hindrance, exchanges: [] };

  const session = openSession(servers);
  const result = await probe.run(session).then(
    (found) => ({ found, outcome: isDeepStrictEqual(found, expected) ? ('holds' as const) : ('differs' as const) }),
    (error: Error) => ({ outcome: 'failed' as const, reason: error.message }),
  );
  const left = await session.end();
  const reason = left.length === 0 ? {} : { reason: `left behind: ${left.join('; ')}` };
  return { ...common, ...result, ...reason, exchanges: redacted(session.exchanges, servers, session.names) };
}

function hindranceTo(probe: Probe, servers: Servers, allowDestructive: boolean): string | undefined {
  const asked = serverOf(probe.product, servers);
  if (asked === undefined) return probe.product === 'api-manager' ? 'needs --apim' : 'needs --is';
  if (probe.needs === 'connected-servers' && servers.identityServer === undefined) return 'needs --is';
  if (!isOneOf(probe.versions ?? {}, asked.version)) return `not a fact of ${asked.version}`;
  if (probe.destructive && !allowDestructive) return 'needs --allow-destructive';
  return undefined;
}

const serverOf = (product: Product, { apiManager, identityServer }: Servers): AskedServer | undefined =>
  product === 'api-manager' ? apiManager : identityServer;
