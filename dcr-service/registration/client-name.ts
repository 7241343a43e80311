import { createHash } from 'node:crypto';

const longestName = 70;
/** An id of this form could be the name of another product. */
const looksDerived = /-[0-9a-f]{16}$/;

/**
 * The name of the OAuth client and of the application: the software_id, as far as WSO2's names allow it. Two software
 * products never share a name, or one would be given the other's client: an id that had to be changed carries a piece
 * of its hash.
 */
export function clientNameFor(softwareId: string): string {
  const allowed = softwareId.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  if (allowed === softwareId && softwareId.length <= longestName && !looksDerived.test(softwareId)) return softwareId;
  const hash = createHash('sha256').update(softwareId).digest('hex').slice(0, 16);
  return `${allowed.slice(0, longestName - hash.length - 1)}-${hash}`;
}
