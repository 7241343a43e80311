import { createHmac, randomUUID } from 'node:crypto';
import type { ClaimChanges, CompactChange, HttpPlan, JwtPlan, Plan, TextChange, TokenPlan } from './fuzz-plan.ts';
import type { Call, TestService } from './service.ts';
import {
  type Changes,
  generateSigner,
  issuer,
  recipientSigner,
  registerSigner,
  requestClaims,
  type Signer,
  seconds,
  sign,
  softwareStatementClaims,
} from './signed-requests.ts';

/** What the fuzzer sends, and what the oracle needs to know about it. */
export interface Shot {
  readonly call: Call;
  readonly certificateIsGood: boolean;
  /** For management calls: the client whose registration is at stake. */
  readonly clientId?: string;
  /** Whether token and path are as the Identity Server and the client would have them: nothing else may succeed. */
  readonly tokenIsGood?: boolean;
}

export interface World {
  shotOf(number: number, plan: Plan): Promise<Shot>;
  /** Registers the clients that management calls are about, anew where one was removed. */
  refill(): Promise<void>;
  /** The client of a shot is free for another. Two changes of one at a time would get an honest 503. */
  release(clientId: string): void;
  /** The client of a shot is no more. */
  forget(clientId: string): void;
}

const at = (position: number, length: number) => Math.min(length, Math.floor(position * (length + 1)));

function changedClaims(claims: Record<string, unknown>, changes: ClaimChanges): Record<string, unknown> {
  const changed = new Map(Object.entries(claims));
  for (const change of changes) {
    if (change.do === 'set') changed.set(change.claim, change.value);
    else changed.delete(change.claim);
  }
  return Object.fromEntries(changed);
}

function changedText(text: string, changes: readonly TextChange[]): string {
  return changes.reduce((before, change) => {
    if (change.do === 'duplicate') {
      const [first = ' '] = change.claim;
      const escaped = `\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}${change.claim.slice(1)}`;
      return `${before.slice(0, -1)},"${change.escaped ? escaped : change.claim}":${JSON.stringify(change.value)}}`;
    }
    if (change.do === 'deepen')
      return `${before.slice(0, -1)},"deep":${'['.repeat(change.levels)}${']'.repeat(change.levels)}}`;
    const index = at(change.at, before.length);
    return before.slice(0, index) + change.insert + before.slice(index + change.drop);
  }, text);
}

function changedCompact(compact: string, changes: readonly CompactChange[]): string {
  return changes.reduce((before, change) => {
    if (change.do === 'append') return before + change.text;
    if (change.do === 'segments') {
      const segments = before.split('.');
      return change.order.map((index) => segments[index] ?? '').join('.');
    }
    const index = at(change.at, before.length);
    if (change.do === 'flip') return before.slice(0, index) + change.to + before.slice(index + 1);
    return before.slice(0, index) + before.slice(index + change.length);
  }, compact);
}

const base64url = (text: string) => Buffer.from(text).toString('base64url');

interface Owners {
  readonly owner: Signer;
  readonly other: Signer;
  readonly stranger: Signer;
}

async function sealed(
  text: string,
  header: Readonly<Record<string, unknown>>,
  signedBy: JwtPlan['signedBy'],
  { owner, other, stranger }: Owners,
): Promise<string> {
  const fullHeader = { alg: owner.alg, kid: owner.kid, ...header };
  const input = `${base64url(JSON.stringify(fullHeader))}.${base64url(text)}`;
  if (signedBy === 'nobody') return `${input}.`;
  if (signedBy === 'hmac-of-public-key')
    return `${input}.${createHmac('sha256', JSON.stringify(owner.jwk)).update(input).digest('base64url')}`;
  const { privateKey, alg } = { owner, stranger, 'the-other': other }[signedBy];
  const algorithm = alg === 'PS256' ? { name: 'RSA-PSS', saltLength: 32 } : { name: 'RSASSA-PKCS1-v1_5' };
  const signature = await crypto.subtle.sign(algorithm, privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

const presigned = 64;

/**
 * Builds requests of plans against a running service.
 *
 * @param atOnce the most shots that are under way at once: each has a client of its own, and one is left over.
 */
export async function createWorld(service: TestService, atOnce: number): Promise<World> {
  const stranger = await generateSigner(recipientSigner.kid);
  const strangeServer = await generateSigner('is-1', 'RS256');
  const good = service.certificateHeader('recipient');
  const statementOwners: Owners = {
    owner: registerSigner,
    other: recipientSigner,
    stranger: { ...stranger, kid: registerSigner.kid },
  };
  const requestOwners: Owners = { owner: recipientSigner, other: registerSigner, stranger };

  const statementFor = (softwareId: string): Changes => ({ software_id: softwareId, jwks_uri: service.jwksUri });
  const statementOf = (softwareId: string) =>
    sign(softwareStatementClaims(statementFor(softwareId)), registerSigner, { typ: 'JWT' });
  const pool = await Promise.all(
    Array.from({ length: presigned }, async (_, index) => {
      const softwareId = `pool-${index}`;
      const statement = await statementOf(softwareId);
      return {
        softwareId,
        statement,
        request: await sign(requestClaims(statement, { iss: softwareId }), recipientSigner),
      };
    }),
  );
  /** Clients that no shot is about just now. */
  const clients: string[] = [];
  const taken = new Set<string>();

  async function jwt(plan: JwtPlan, claims: Record<string, unknown>, owners: Owners): Promise<string> {
    const text = changedText(JSON.stringify(changedClaims(claims, plan.claims)), plan.text);
    return changedCompact(await sealed(text, plan.header, plan.signedBy, owners), plan.compact);
  }

  const isUntouched = ({ claims, text, header, signedBy }: JwtPlan) =>
    claims.length === 0 && text.length === 0 && Object.keys(header).length === 0 && signedBy === 'owner';

  async function bodyOf(
    number: number,
    statementPlan: JwtPlan,
    requestPlan: JwtPlan,
    softwareIdAtStake?: string,
  ): Promise<string> {
    const ready = pool[number % presigned];
    if (!ready) throw new Error('the pool of signed requests is empty');
    // Only changed after signing: what was signed beforehand will do, but for one in eight that is to be accepted.
    if (isUntouched(statementPlan) && isUntouched(requestPlan) && requestPlan.compact.length > 0) {
      if (statementPlan.compact.length === 0 && softwareIdAtStake === undefined)
        return changedCompact(ready.request, requestPlan.compact);
    }
    const isFresh = statementPlan.claims.length > 0 || requestPlan.compact.length === 0 || number % 4 === 0;
    const softwareId = softwareIdAtStake ?? (isFresh ? `product-${number}-${randomUUID()}` : ready.softwareId);
    const statement =
      isUntouched(statementPlan) && softwareId === ready.softwareId
        ? changedCompact(ready.statement, statementPlan.compact)
        : await jwt(statementPlan, softwareStatementClaims(statementFor(softwareId)), statementOwners);
    return jwt(requestPlan, requestClaims(statement, { iss: softwareId }), requestOwners);
  }

  const certificates: Record<HttpPlan['certificate'], string | string[] | undefined> = {
    good,
    none: undefined,
    twice: [good, good],
    joined: `${good},${good}`,
    flipped: `${good.slice(0, 200)}A${good.slice(201)}`,
    huge: 'A'.repeat(12_000),
    garbage: '%0d%0aX: y',
    pem: encodeURIComponent(Buffer.from(good, 'base64url').toString()),
    stranger: service.certificateHeader('stranger'),
  };

  function certificateOf(plan: HttpPlan['certificate']): {
    header: Record<string, string | string[]>;
    isGood: boolean;
  } {
    const value = certificates[plan];
    return {
      header: value === undefined ? {} : { 'x-wso2-client-certificate': value },
      isGood: ['good', 'pem', 'flipped', 'stranger'].includes(plan),
    };
  }

  async function tokenOf(plan: TokenPlan, clientId: string): Promise<string> {
    if (plan.signedBy === 'owner') {
      const changes = Object.fromEntries(
        plan.claims.map((change) => [change.claim, change.do === 'set' ? change.value : undefined]),
      );
      return changedCompact(await service.accessToken(clientId, changes), plan.compact);
    }
    const claims = {
      iss: issuer,
      azp: clientId,
      jti: randomUUID(),
      exp: seconds() + 300,
      scope: 'cdr:registration',
      cnf: {},
    };
    const owners = { owner: strangeServer, other: strangeServer, stranger: strangeServer };
    return changedCompact(
      await sealed(JSON.stringify(changedClaims(claims, plan.claims)), {}, plan.signedBy, owners),
      plan.compact,
    );
  }

  // A header can hold only some characters; the rest is for bodies.
  const headerSafe = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, '?');

  return {
    async shotOf(number, plan) {
      const { header, isGood } = certificateOf(plan.http.certificate);
      const { mediaType } = plan.http;
      const type = mediaType === undefined ? {} : { 'content-type': mediaType };
      if (plan.kind === 'noise') {
        const { method, path, body } = plan;
        // Or Node would send the body of a DELETE without a frame.
        const length = { 'content-length': Buffer.byteLength(body) };
        return { call: { method, path, body, headers: { ...header, ...type, ...length } }, certificateIsGood: isGood };
      }
      if (plan.kind === 'register') {
        const body = await bodyOf(number, plan.statement, plan.request);
        return {
          call: { method: 'POST', path: '/register', body, headers: { ...header, ...type } },
          certificateIsGood: isGood,
        };
      }
      const clientId = clients.shift();
      if (clientId === undefined) throw new Error('there is no client to manage');
      taken.add(clientId);
      const path = `/register/${clientId}`;
      const gateway = { ...header, 'x-wso2-client-id': clientId };
      if (plan.kind === 'replace') {
        const softwareId = [...service.platform.clients].find(([, client]) => client.clientId === clientId)?.[0];
        const body = await bodyOf(number, plan.statement, plan.request, softwareId);
        const authorization = `Bearer ${await service.accessToken(clientId)}`;
        const headers = { ...gateway, ...type, authorization };
        return { call: { method: 'PUT', path, body, headers }, certificateIsGood: isGood, clientId, tokenIsGood: true };
      }
      if (plan.kind !== 'manage') throw new Error(`nobody plans ${plan.kind}`);
      const { token, method } = plan;
      const another = clients[0] ?? clientId;
      const authorization = headerSafe(token.scheme + (await tokenOf(token, token.ofAnother ? another : clientId)));
      // Changes to what the token says may be harmless; only those that cannot be are held against an answer.
      const tokenIsGood = token.signedBy === 'owner' && !token.ofAnother;
      return {
        call: { method, path, headers: { ...gateway, authorization } },
        certificateIsGood: isGood,
        clientId,
        tokenIsGood,
      };
    },
    async refill() {
      while (clients.length + taken.size <= atOnce) {
        const softwareId = `managed-${randomUUID()}`;
        const body = await sign(requestClaims(await statementOf(softwareId), { iss: softwareId }), recipientSigner);
        const headers = { 'content-type': 'application/jwt', 'x-wso2-client-certificate': good };
        const { status, body: answer } = await service.call({ method: 'POST', path: '/register', body, headers });
        if (status !== 201) throw new Error(`a good registration was answered ${status}: ${answer}`);
        clients.push(String((JSON.parse(answer) as { client_id: unknown }).client_id));
      }
    },
    forget: (clientId) => void taken.delete(clientId),
    release(clientId) {
      if (taken.delete(clientId)) clients.push(clientId);
    },
  };
}
