import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { prepareTemplate } from '../local/flow/flow-environment.ts';
import { certificatesIn, clientCertificateFaults, dateFaults } from './certificate-faults.ts';

let pki: string;
before(async () => {
  pki = join(await prepareTemplate(), 'pki');
});
const read = (name: string) => readFileSync(join(pki, name), 'utf8');

test('a certificate with its chain and its key is in order; of another CA, or with another key, it is not', () => {
  const recipient = { certificate: read('recipient.pem'), key: read('recipient.key') };
  assert.deepEqual(clientCertificateFaults(recipient, read('cdr-root.pem')), []);
  assert.match(
    clientCertificateFaults(recipient, read('foreign-ca.pem')).join(),
    /leads to none of the recipients' CAs/,
  );
  const mixed = { certificate: read('recipient.pem'), key: read('foreign.key') };
  assert.match(clientCertificateFaults(mixed, read('cdr-root.pem')).join(), /the key is not .*CN=Brolga/);
});

test('certificates that have ended, or end within a day, or have not begun, are named', () => {
  const [root] = certificatesIn(read('cdr-root.pem'));
  assert.ok(root);
  assert.deepEqual(dateFaults('CAs', [root]), []);
  const hour = 60 * 60 * 1000;
  assert.match(
    dateFaults('CAs', [root], root.validToDate.getTime() - hour).join(),
    /CAs: .*CN=.*is valid until .* only/,
  );
  assert.match(dateFaults('CAs', [root], root.validFromDate.getTime() - hour).join(), /is not valid before/);
});
