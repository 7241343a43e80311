import { acceptedClaims, brokenRules } from './claim-rules.ts';
import type { Moment, ValidationPolicy } from './policy.ts';
import { type RegistrationRequest, type RequestContext, requestRules, signingAlgorithms } from './request-rules.ts';
import { type DecodedJwt, decodeJwt, type KeyResolver, signatureComplaint } from './signed-jwt.ts';
import { type SoftwareStatement, softwareStatementRules } from './software-statement-rules.ts';
import { type Fault, refuse, type Verdict } from './verdict.ts';

/** A request whose two signatures are good and whose claims obey every rule. */
export interface VerifiedRequest {
  readonly request: RegistrationRequest;
  readonly softwareStatement: SoftwareStatement;
  /** The software statement as it came, byte for byte: the answer repeats it. */
  readonly softwareStatementJwt: string;
}

export interface Validation {
  readonly policy: ValidationPolicy;
  readonly resolveKeys: KeyResolver;
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
  const complaint = await signatureComplaint(jwt, { is: 'register' }, ['PS256'], resolveKeys);
  const faults: Fault[] = complaint ? [{ code, description: `The software_statement ${complaint}.` }] : [];
  for (const fault of brokenRules(softwareStatementRules, jwt.claims, moment, code)) {
    faults.push({ ...fault, description: `software_statement: ${fault.description}` });
  }
  return { faults, believed: faults.length === 0 ? acceptedClaims(softwareStatementRules, jwt.claims) : undefined };
}

/**
 * OpenID Connect Core, section 8.1: without a sector_identifier_uri all redirect URIs must share one host, or there
 * is no pairwise subject.
 */
function sectorFaults(request: RegistrationRequest, softwareStatement: SoftwareStatement): Fault[] {
  if (softwareStatement.sector_identifier_uri !== undefined) return [];
  const hosts = new Set(redirectUrisOf(request, softwareStatement).map((uri) => new URL(uri).host));
  if (hosts.size <= 1) return [];
  const description =
    "The 'redirect_uris' claim names several hosts, and the software_statement has no sector_identifier_uri.";
  return [{ code: 'invalid_client_metadata', description }];
}

/** The redirect URIs that are registered: those asked for or, when none are named, all of the software statement. */
export function redirectUrisOf(request: RegistrationRequest, softwareStatement: SoftwareStatement): readonly string[] {
  return request.redirect_uris?.length ? request.redirect_uris : softwareStatement.redirect_uris;
}

/**
 * Judges the body of POST or PUT /register in the order of the specification: software statement first, then the
 * request's signature with the keys that the *verified* statement names, then the request's claims. The code is that
 * of the first fault; the later steps still add their texts, because their rules are pure functions of what the
 * caller sent. Nothing unverified is ever fetched from, stored, or used to accept anything.
 */
export async function validateRegistrationRequest(
  body: string,
  { policy, resolveKeys, now }: Validation,
): Promise<Verdict<VerifiedRequest>> {
  const code = 'invalid_client_metadata';
  const moment = { now: now(), tolerance: policy.clockTolerance };
  const jwt = decodeJwt(body.trim());
  if (!jwt) return refuse([{ code, description: 'The registration request is not a signed JWT in compact form.' }]);

  const contextWith = (softwareStatement: SoftwareStatement | undefined): RequestContext => ({
    ...moment,
    issuer: policy.issuer,
    requireAuthorizationSignedResponseAlg: policy.requireAuthorizationSignedResponseAlg,
    softwareStatement,
  });

  const softwareStatementJwt = jwt.claims.software_statement;
  const statement = typeof softwareStatementJwt === 'string' ? decodeJwt(softwareStatementJwt) : undefined;
  if (typeof softwareStatementJwt !== 'string' || !statement) {
    const description = "The 'software_statement' claim is missing or is not a signed JWT in compact form.";
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
    faults.push(...sectorFaults(request, believed));
    if (faults.length === 0)
      return { accepted: true, value: { request, softwareStatement: believed, softwareStatementJwt } };
  }
  const [first, ...rest] = faults;
  // Without faults the statement was believed and we have returned; the type system cannot know.
  return refuse([first ?? { code, description: 'The registration request is not acceptable.' }, ...rest]);
}
