import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import getPort from 'get-port';
import { samplePki } from '../../../local/pki/testing/sample-pki.ts';
import { issueCertificate } from '../../../pki/issue-certificate.ts';
import { postgresIsNotOurs, startPostgres } from '../../testing/postgres.ts';
import { StoreUnavailable } from '../registration-store.ts';
import { openPostgresStore } from './postgres-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-postgres-tls-'));
after(() => rmSync(directory, { recursive: true }));

test('with authorities the connection to PostgreSQL is encrypted, and the server must be who it should be', {
  skip: postgresIsNotOurs,
}, async (t) => {
  const { authorities } = await samplePki(join(directory, 'pki'));
  const profile = { commonName: 'PostgreSQL', purposes: ['server'], dnsNames: ['localhost'] } as const;
  const port = await getPort();
  const postgres = await startPostgres({ port, tls: await issueCertificate(authorities.platform, profile) });
  t.after(() => postgres.close());
  const database = new URL(await postgres.database());
  const at = (host: string) => `postgresql://dcr@${host}:${port}${database.pathname}`;
  const open = (url: string, trusted: string | undefined) =>
    openPostgresStore({ url, authorities: trusted, poolSize: 1, timeoutMs: 3_000 });

  const store = await open(at('localhost'), authorities.platform.certificate);
  await store.ping();
  assert.deepEqual(await store.list({ limit: 1 }), []);
  await store.close();

  const refused = (reason: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StoreUnavailable);
    assert.match(error.message, reason);
    assert.match(error.message, /check DCR_DATABASE_URL, and DCR_DATABASE_CA_FILE/);
    return true;
  };
  await assert.rejects(open(at('localhost'), authorities.foreign.certificate), refused(/certificate/));
  await assert.rejects(
    open(at('127.0.0.1'), authorities.platform.certificate),
    refused(/IP: 127.0.0.1 is not in the cert/),
  );
  await assert.rejects(open(at('localhost'), undefined), refused(/no encryption|pg_hba/));
});
