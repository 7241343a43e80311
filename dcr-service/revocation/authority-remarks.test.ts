import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { readAuthorities } from '../settings/authority-file.ts';
import { startTestService } from '../testing/service.ts';
import { remarksOn } from './authority-remarks.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-authorities-'));
const pki = await samplePki(join(directory, 'pki'));
after(() => rmSync(directory, { recursive: true }));
const { cdrRoot, cdrIssuing } = pki.authorities;
const remarks = (now: number, ...authorities: { certificate: string }[]) =>
  remarksOn(readAuthorities(authorities.map(({ certificate }) => certificate).join('')), now);

test('a root and its issuing CA need no remark', () => {
  assert.deepEqual(remarks(Date.now(), cdrRoot, cdrIssuing), []);
});

test('a root without an issuing CA and an issuing CA without its root are both reported', () => {
  assert.match(remarks(Date.now(), cdrRoot).join(), /^The root .*CN=Sample CDR Root CA has no issuing CA here/);
  assert.match(remarks(Date.now(), cdrIssuing).join(), /^The CA that signed .*Issuing CA is missing \(.*Root CA\)/);
});

test('authorities that have expired or are not valid yet are named', () => {
  const [years, ago] = [Date.now() + 11 * 365 * 86_400_000, Date.now() - 365 * 86_400_000];
  assert.match(remarks(years, cdrRoot, cdrIssuing).join('\n'), /Root CA expired at [\s\S]*Issuing CA expired at/);
  assert.match(remarks(ago, cdrRoot, cdrIssuing).join('\n'), /Root CA is not valid before/);
});

test('the service reports them when it starts, and starts', async (t) => {
  const service = await startTestService(pki.directory, { DCR_RECIPIENT_CA_FILE: pki.file('cdr-issuing.pem') });
  t.after(() => service.close());
  assert.match(service.log(), /"level":40.*DCR_RECIPIENT_CA_FILE: The CA that signed .* is missing/);
});
