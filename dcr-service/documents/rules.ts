import { writeFile } from 'node:fs/promises';
import { problems } from '../http/problem.ts';
import type { ClaimRules } from '../validation/claim-rules.ts';
import {
  ignoredRequestMembers,
  requestRules,
  signingAlgorithms,
  wholeRequestRules,
} from '../validation/request-rules.ts';
import { softwareStatementRules, statementAlgorithms } from '../validation/software-statement-rules.ts';
import { table } from './table.ts';

/** Where the page is kept: `npm run docs` writes it, a test compares it. */
export const rulesDocumentFile = new URL('../../docs/dcr-rules.md', import.meta.url);

function claimTable(rules: ClaimRules<never>, ordinaryCode: string): string {
  const rows = Object.entries(rules).map(([claim, { required, shape, rule, code = ordinaryCode }]) => [
    `\`${claim}\``,
    required === false ? 'no' : required === true ? 'yes' : 'by setting',
    shape.wording,
    rule,
    code === ordinaryCode ? '' : `\`${code}\``,
  ]);
  return table(['claim', 'required', 'form', 'rule', 'code of the rule, where it is another'], rows);
}

/** The rules of dcr-service and its answers, as a page of the documentation. */
export function rulesDocument(): string {
  const answers = Object.entries(problems).map(([error, { status, when }]) => [`${status}`, `\`${error}\``, when]);
  return `# What dcr-service accepts, and what it answers

<!-- Generated from the tables that the service works with: npm run docs. -->

A registration request is judged in this order: media type, size and form of the JWT; the software statement (signature, then
claims); the request (signature by a key from the \`jwks_uri\` of the *verified* statement, then claims); replay; one registration
for each software product. The error code is that of the first fault; \`error_description\` names every broken rule.

## The JWTs

Both are a JWS in compact form (RFC 7515): a registration request signed with ${signingAlgorithms.join(' or ')}, a software statement with
${statementAlgorithms.join(' or ')}. RSA keys have 2048 bits or more. \`kid\` chooses the key; \`jwk\`, \`jku\`, \`x5c\` and \`x5u\` are never looked at,
and no key verifies whose \`use\`, \`key_ops\` or \`alg\` are for something else. Refused are unsigned, encrypted
and compressed JWTs, \`crit\`, \`b64\`, base64url that no encoder writes, a JSON member that comes twice (also when it is spelt with
escapes), and nesting beyond 32 levels.

Unknown members of either are ignored: not stored, not answered. A value that comes twice in a list counts once, and is answered once.
A \`kid\` that the JWKS does not have is refused only after the JWKS has been fetched again, which may take two seconds.

## Claims of the registration request

A claim that is missing or of the wrong form, or that breaks its rule, is answered 400 \`invalid_client_metadata\`.

${claimTable(requestRules, 'invalid_client_metadata')}

\`software_statement\`, required: a signed JWT, see below; without it 400 \`invalid_software_statement\`.

Not taken, whatever they hold: ${ignoredRequestMembers.map((member) => `\`${member}\``).join(', ')}.

Besides:

${Object.values(wholeRequestRules)
  .map(({ rule }) => `- ${rule}`)
  .join('\n')}

## Claims of the software statement

A claim that is missing or of the wrong form, or that breaks its rule, is answered 400 \`invalid_software_statement\`.

${claimTable(softwareStatementRules, 'invalid_software_statement')}

A member that is not required counts as missing when it is empty or null.

\`software_id\` is compared without case, as GUIDs are: a second registration under another spelling is a duplicate. A replacement may
spell it otherwise; the registration keeps the first spelling. Where clients are registered at the Open Banking accelerator, which
names them by \`software_id\`, an id is refused that has other characters than letters, digits, dots, hyphens and underscores, more than 70
of them, or a hyphen and 16 hexadecimal digits at its end; so is a replacement in another spelling.

## Errors

\`{"error": ..., "error_description": ...}\`; the four codes of RFC 7591, section 3.2.2, belong to 400 alone.

${table(['status', 'error', 'when'], answers)}
`;
}

if (import.meta.main) await writeFile(rulesDocumentFile, rulesDocument());
