import { MASK } from '../secrets.ts';
import type { KeyManagerBody } from './schemas.ts';

// What the server adds by itself when nothing is said (contract of Admin v4; 4.7).
const serverDefaults: Record<string, unknown> = {
  tokenType: 'DIRECT',
  enableTokenEncryption: false,
  enableTokenHashing: false,
  allowedOrganizations: ['ALL'],
  permissions: null,
  alias: null,
  endpoints: [],
  claimMapping: [],
};

/** What shows when it was left out: the server fills it from the other. */
const displayed = [
  ['displayTokenEndpoint', 'tokenEndpoint'],
  ['displayRevokeEndpoint', 'revokeEndpoint'],
  ['displayName', 'name'],
] as const;

/**
 * A key manager without what nobody declared: its id, masked secrets, absent and empty members, and values that the server sets by itself.
 * Two that normalise to the same mean the same, but for their secrets: those cannot be compared once they are stored.
 */
export function normaliseKeyManager(keyManager: KeyManagerBody): Record<string, unknown> {
  const { id: _id, additionalProperties, ...declared } = keyManager;
  for (const [shown, real] of displayed) {
    if (declared[shown] === declared[real]) delete declared[shown];
  }
  const normal: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(declared)) {
    if (isEmpty(value) || isSame(value, serverDefaults[name])) continue;
    normal[name] = name === 'availableGrantTypes' && Array.isArray(value) ? [...value].sort() : value;
  }
  const properties = Object.entries(additionalProperties ?? {}).filter(
    ([, value]) => value !== MASK && !isEmpty(value),
  );
  if (properties.length > 0) normal.additionalProperties = Object.fromEntries(properties);
  return normal;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
