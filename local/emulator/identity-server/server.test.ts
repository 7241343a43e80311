import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { readRequestLog } from '../request-log.ts';
import { startIdentityServer } from './server.ts';
import {
  administrator,
  createSampleHome,
  manage,
  register,
  send,
  startSampleServer,
  writeKeystore,
} from './testing/sample-identity-server.ts';
import {
  assertionForm,
  clientAssertion,
  recipientClient,
  requestToken,
  serveRecipientKeys,
} from './testing/sample-recipient.ts';

/** The connection was refused: there is an error, and it has no HTTP response. */
const withoutAnswer = (error: { response?: unknown }) => error.response === undefined;

const DISCOVERY = '/oauth2/token/.well-known/openid-configuration';

test('both addresses of discovery name the token endpoint as issuer, and endpoints that are there', async (t) => {
  const server = await startSampleServer(t);
  const { status, data } = await send(server, DISCOVERY);
  assert.equal(status, 200);
  assert.equal(data.issuer, `${server.url}/oauth2/token`);
  assert.equal(data.token_endpoint, data.issuer);
  assert.deepEqual((await send(server, '/oauth2/oidcdiscovery/.well-known/openid-configuration')).data, data);
  for (const [member, address] of Object.entries<string>(data)) {
    if (!/_endpoint$|^jwks_uri$/.test(member)) continue;
    const answers = await Promise.all(
      (['GET', 'POST'] as const).map((method) => send(server, address.slice(server.url.length), { method })),
    );
    assert.ok(
      answers.some((answer) => answer.status !== 404),
      `${member} ${address} is not there`,
    );
  }
});

test('discovery names the host of callers with a certificate: by aliases where there are such, else outright', async (t) => {
  const at = (path: string) => `https://recipients.holder.example/oauth2/${path}`;
  const oauth = {
    mtls_aliases: { enabled: true, hostname: 'recipients.holder.example' },
    endpoints: { v2: { oauth2_user_info_url: at('userinfo'), oauth2_revoke_url: at('revoke') } },
  };
  const server = await startSampleServer(t, { tables: { oauth } });
  const { data } = await send(server, DISCOVERY);
  const { port } = new URL(server.url);
  assert.deepEqual(data.mtls_endpoint_aliases, {
    token_endpoint: `https://recipients.holder.example:${port}/oauth2/token`,
    pushed_authorization_request_endpoint: `https://recipients.holder.example:${port}/oauth2/par`,
  });
  assert.deepEqual([data.userinfo_endpoint, data.revocation_endpoint], [at('userinfo'), at('revoke')]);
  assert.deepEqual([data.token_endpoint, data.issuer], [server.issuer, server.issuer]);
  const plain = await send(await startSampleServer(t), DISCOVERY);
  assert.equal(plain.data.mtls_endpoint_aliases, undefined);
});

test('health needs no credentials', async (t) => {
  const server = await startSampleServer(t);
  assert.equal((await send(server, '/api/health-check/v1.0/health')).status, 200);
});

test('with "optional", callers with a CDR certificate or none are answered, with a foreign one not', async (t) => {
  const server = await startSampleServer(t);
  const { recipient, stranger } = server.pki.parties;
  assert.equal((await send(server, DISCOVERY)).status, 200);
  assert.equal((await send(server, DISCOVERY, { certificate: recipient })).status, 200);
  await assert.rejects(send(server, DISCOVERY, { certificate: stranger }), withoutAnswer);
  assert.equal(readRequestLog(join(server.home, 'repository', 'logs', 'requests.ndjson')).length, 2);
});

test('with "required", nobody without a certificate of the CDR is answered', async (t) => {
  const server = await startSampleServer(t, { certificateVerification: 'required' });
  assert.equal((await send(server, DISCOVERY, { certificate: server.pki.parties.recipient })).status, 200);
  await assert.rejects(send(server, DISCOVERY), withoutAnswer);
});

test('when nothing is said about certificates, they are asked for, and nobody needs one', async (t) => {
  const server = await startSampleServer(t, { certificateVerification: null });
  const { recipient, stranger } = server.pki.parties;
  assert.equal((await send(server, DISCOVERY)).status, 200);
  assert.equal((await send(server, DISCOVERY, { certificate: recipient })).status, 200);
  await assert.rejects(send(server, DISCOVERY, { certificate: stranger }), withoutAnswer);
});

test('with "none", no certificate is asked for, so a foreign one does no harm', async (t) => {
  const server = await startSampleServer(t, { certificateVerification: 'none' });
  assert.equal((await send(server, DISCOVERY, { certificate: server.pki.parties.stranger })).status, 200);
});

test('a token of before a renewal of the TLS certificate is verified by the key set of after it', async (t) => {
  const server = await startSampleServer(t);
  const { identityServer, identityServerSigning, dcrService } = server.pki.parties;
  assert.deepEqual(await served(server.url), leafOf(identityServer));
  const { data: client } = await register(server, recipientClient(await serveRecipientKeys(t, server.pki)));
  const { data: token } = await requestToken(server, client.client_id, 'openid');

  writeKeystore(server.home, 'wso2carbon.p12', dcrService);
  await server.restart();
  assert.deepEqual(await served(server.url), leafOf(dcrService));
  const { data: keySet } = await send(server, '/oauth2/jwks');
  await jwtVerify(token.access_token, createLocalJWKSet(keySet));
  assert.deepEqual(Buffer.from(keySet.keys[0].x5c[0], 'base64'), leafOf(identityServerSigning));
});

const leafOf = ({ certificate }: { certificate: string }) => new X509Certificate(certificate).raw;

/** The certificate that a server shows. */
async function served(url: string): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw;
}

test('the request log has every call and no secret', async (t) => {
  const server = await startSampleServer(t);
  const { data: client } = await register(server, recipientClient(await serveRecipientKeys(t, server.pki)));
  const { data: token } = await requestToken(server, client.client_id, 'openid');
  const assertion = await clientAssertion(server, client.client_id);
  const revocation = assertionForm(assertion, { token: token.access_token });
  const certificate = server.pki.parties.recipient;
  await send(server, '/oauth2/revoke', { method: 'POST', body: revocation, certificate });
  await manage(server, `/api/identity/oauth2/dcr/v1.1/register?client_name=${client.client_name}`);

  const file = join(server.home, 'repository', 'logs', 'requests.ndjson');
  assert.deepEqual(
    readRequestLog(file).map(({ method, path, status, kind }) => [method, path, status, kind]),
    [
      ['POST', '/api/identity/oauth2/dcr/v1.1/register', 201, 'write'],
      ['POST', '/oauth2/token', 200, 'read'],
      ['POST', '/oauth2/revoke', 200, 'write'],
      ['GET', '/api/identity/oauth2/dcr/v1.1/register', 200, 'read'],
    ],
  );
  const text = readFileSync(file, 'utf8');
  for (const secret of [client.client_secret, token.access_token, assertion, administrator.password]) {
    assert.ok(!text.includes(secret));
  }
});

test('a port that is in use, and a setting that cannot be, are said in words', async (t) => {
  const { home, env } = await createSampleHome(t);
  const first = await startIdentityServer({ home, env });
  t.after(() => first.close());
  const inUse = new RegExp(`^port ${new URL(first.url).port} is in use`);
  await assert.rejects(startIdentityServer({ home, env }), { message: inUse });

  const toml = join(home, 'repository', 'conf', 'deployment.toml');
  writeFileSync(toml, readFileSync(toml, 'utf8').replace('"optional"', '"sometimes"'));
  await assert.rejects(startIdentityServer({ home, env }), /certificateVerification/);
});

test('as a process it says when it is ready and where, and ends on SIGTERM', async (t) => {
  const { home, env } = await createSampleHome(t);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--home', home], { env });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const ready = JSON.parse(String(line));
  assert.equal(ready.event, 'ready');
  assert.equal(ready.issuer, `${ready.url}/oauth2/token`);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a process that cannot start says why in one line and fails', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--home', '/nowhere'], { env: {} });
  const [[complaint], [code]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')]);
  assert.equal(code, 1);
  assert.match(String(complaint), /^identity-server emulator: .*nowhere.*\n$/);
});
