import { acceptedClaims, brokenRules, withoutEmpty } from './claim-rules.ts';
import type { Moment, ValidationPolicy } from './policy.ts';
import {
  type RegistrationRequest,
  type RequestContext,
  requestRules,
  signingAlgorithms,
  wholeRequestRules,
} from './request-rules.ts';
import { longestRedirects, redirectLength } from './shapes.ts';
import { type DecodedJwt, decodeJwt, type KeyResolver, type Malformed, signatureComplaint } from './signed-jwt.ts';
import { type SoftwareStatement, softwareStatementRules, statementAlgorithms } from './software-statement-rules.ts';
import { type Fault, quoted, refuse, type Verdict } from './verdict.ts';

/** A request whose two signatures are good and whose claims obey every rule. */
export interface VerifiedRequest {
  readonly request: RegistrationRequest;
  readonly softwareStatement: SoftwareStatement;
  /** The software statement as it came, byte for byte: the answer repeats it. */
  readonly softwareStatementJwt: string;
}

/**
 * The redirect URIs that the document at a sector_identifier_uri lists (OpenID Connect Registration 1.0, section 5), or
 * why it cannot be had. It never throws.
 */
export type SectorReader = (
  uri: string,
) => Promise<{ readonly redirectUris: readonly string[] } | { readonly unavailable: string }>;

export interface Validation {
  readonly policy: ValidationPolicy;
  readonly resolveKeys: KeyResolver;
  /** Given: the document behind every sector_identifier_uri is fetched, and must list the redirect URIs. */
  readonly readSector?: SectorReader | undefined;
  /** Whole seconds since 1970. */
  readonly now: () => number;
}

type Examined<T> = { readonly faults: readonly Fault[]; readonly believed: T | undefined };

async function examineSoftwareStatement(
  jwt: DecodedJwt,
  moment: Moment,
  resolveKeys: KeyResolver,
): Promise<Examined<SoftwareStatement>> {
  const code = 'invalid_software_statement';
  const complaint = await signatureComplaint(jwt, { is: 'register' }, statementAlgorithms, resolveKeys);
  const faults: Fault[] = complaint ? [{ code, description: `The software_statement ${complaint}.` }] : [];
  const claims = withoutEmpty(softwareStatementRules, jwt.claims);
  for (const fault of brokenRules(softwareStatementRules, claims, moment, code)) {
    faults.push({ ...fault, description: `software_statement: ${fault.description}` });
  }
  return { faults, believed: faults.length === 0 ? acceptedClaims(softwareStatementRules, claims) : undefined };
}

/**
 * OpenID Connect Core, section 8.1: the sector of pairwise subjects is the host of the sector_identifier_uri or, without
 * one, the host that all redirect URIs must then share.
 */
async function sectorComplaint(
  redirectUris: readonly string[],
  sectorIdentifierUri: string | undefined,
  { policy, readSector }: Validation,
): Promise<string | undefined> {
  if (sectorIdentifierUri === undefined) {
    if (!policy.requireSectorIdentifier) return undefined;
    // The host component has no port (RFC 3986, section 3.2.2).
    const hosts = new Set(redirectUris.map((uri) => new URL(uri).hostname));
    return hosts.size <= 1 ? undefined : wholeRequestRules.oneSector.complaint;
  }
  if (!readSector) return undefined;
  const sector = await readSector(sectorIdentifierUri);
  if ('unavailable' in sector) {
    return `The document at the sector_identifier_uri of the software_statement could not be loaded: ${sector.unavailable}.`;
  }
  const unlisted = redirectUris.filter((uri) => !sector.redirectUris.includes(uri));
  if (unlisted.length === 0) return undefined;
  return `${wholeRequestRules.sectorListsAll.complaint} ${unlisted.map(quoted).join(', ')} is not there.`;
}

/** Each value once, where it came first. */
export const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];

/** The redirect URIs that are registered: those asked for or, when none are named, all of the software statement. */
export function redirectUrisOf(request: RegistrationRequest, softwareStatement: SoftwareStatement): readonly string[] {
  return unique(request.redirect_uris?.length ? request.redirect_uris : softwareStatement.redirect_uris);
}

/**
 * Judges the body of POST or PUT /register in the order of the specification: software statement first, then the
 * request's signature with the keys that the *verified* statement names, then the request's claims. The code is that
 * of the first fault; the later steps still add their texts, because their rules are pure functions of what the
 * caller sent. Nothing unverified is ever fetched from, stored, or used to accept anything.
 */
export async function validateRegistrationRequest(
  body: string,
  validation: Validation,
): Promise<Verdict<VerifiedRequest>> {
  const { policy, resolveKeys, now } = validation;
  const code = 'invalid_client_metadata';
  const moment = { now: now(), tolerance: policy.clockTolerance };
  const jwt = decodeJwt(body.trim());
  if ('malformed' in jwt) return refuse([{ code, description: `The registration request ${jwt.malformed}.` }]);

  const contextWith = (softwareStatement: SoftwareStatement | undefined): RequestContext => ({
    ...moment,
    issuer: policy.issuer,
    requireAuthorizationSignedResponseAlg: policy.requireAuthorizationSignedResponseAlg,
    softwareStatement,
  });

  const softwareStatementJwt = jwt.claims.software_statement;
  const statement: DecodedJwt | Malformed =
    typeof softwareStatementJwt === 'string'
      ? decodeJwt(softwareStatementJwt)
      : { malformed: softwareStatementJwt === undefined ? 'is missing' : 'must be a string' };
  if (typeof softwareStatementJwt !== 'string' || 'malformed' in statement) {
    const description = `The 'software_statement' claim ${'malformed' in statement ? statement.malformed : 'is missing'}.`;
    const others = brokenRules(requestRules, jwt.claims, contextWith(undefined), code);
    return refuse([{ code: 'invalid_software_statement', description }, ...others]);
  }

  const { faults: statementFaults, believed } = await examineSoftwareStatement(statement, moment, resolveKeys);
  const faults = [...statementFaults];
  if (believed) {
    const complaint = await signatureComplaint(
      jwt,
      { is: 'recipient', jwksUri: believed.jwks_uri },
      signingAlgorithms,
      resolveKeys,
    );
    if (complaint) faults.push({ code, description: `The registration request ${complaint}.` });
  }
  faults.push(...brokenRules(requestRules, jwt.claims, contextWith(believed), code));
  if (believed && faults.length === 0) {
    const request = acceptedClaims(requestRules, jwt.claims);
    const redirectUris = redirectUrisOf(request, believed);
    if (redirectLength(redirectUris) > longestRedirects)
      return refuse([{ code: 'invalid_redirect_uri', description: wholeRequestRules.fitTogether.complaint }]);
    const description = await sectorComplaint(redirectUris, believed.sector_identifier_uri, validation);
    if (!description) return { accepted: true, value: { request, softwareStatement: believed, softwareStatementJwt } };
    faults.push({ code, description });
  }
  const [first, ...rest] = faults;
  // Without faults the statement was believed and we have returned; the type system cannot know.
  return refuse([first ?? { code, description: 'The registration request is not acceptable.' }, ...rest]);
}
