import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import type { EdgeSettings } from './edge-settings.ts';
import type { GenerationName } from './products.ts';
import { revocationFaults, revocationSettings } from './revocation-settings.ts';
import { declaredDefaults } from './testing/recorded-stack.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

interface Situation {
  generation?: GenerationName;
  edge?: EdgeSettings['edge'];
}

/** The faults of these settings, as `key message`. */
function faultsOf(changes: Record<string, string>, { generation = '4.7', edge = 'none' }: Situation = {}): string[] {
  const parsed = z.object(revocationSettings).safeParse({ ...declaredDefaults(), ...changes });
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
  return revocationFaults({ ...parsed.data, generation, edge }).map(([key, message]) => `${key} ${message}`);
}

const none = { gatewayRevocation: false, identityRevocationLists: undefined };

test('no listener asks for revocation unless a setting says so', () => {
  assert.deepEqual(z.object(revocationSettings).parse(declaredDefaults()), none);
  for (const generation of ['4.7', '4.2'] as const) assert.deepEqual(faultsOf({}, { generation }), []);
});

test('the gateway asks where it can, and sees the certificates of recipients', () => {
  const on = { gatewayRevocation: 'true' };
  assert.deepEqual(faultsOf(on, { edge: 'loadBalancer' }), []);
  assert.match(faultsOf(on, { generation: '4.2' }).join(), /^gatewayRevocation is true, but API Manager 4\.2/);
  assert.match(faultsOf(on, { edge: 'terminated' }).join(), /^gatewayRevocation is true, but edge is terminated/);
});

test('a file of revocation lists holds them and no key', () => {
  const file = join(temporaryDirectory(), 'recipients.crl');
  const list = '-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n';
  const key = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n';
  for (const [text, isRefused] of [
    [list, false],
    [`Issuer: a CA\n${list}${list}`, false],
    ['', true],
    [list.replaceAll('X509 CRL', 'CERTIFICATE'), true],
    [list + key, true],
  ] as const) {
    writeFileSync(file, text);
    const faults = faultsOf({ identityRevocationLists: file });
    assert.equal(faults.length > 0, isRefused, text);
    for (const fault of faults) assert.match(fault, /^identityRevocationLists must name a file of revocation lists/);
  }
});
