import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { after, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { addressOf } from './addresses.ts';
import type { AuditedServer, Finding } from './finding.ts';
import { publishedWord } from './published-word.ts';
import { forVersion, rowQuestion } from './row-question.ts';
import { audit } from './run.ts';

const pki = await samplePki(temporaryDirectory());
const { key, certificate } = pki.parties.identityServer;
const running: Server[] = [];
after(() => {
  for (const server of running) server.close();
});

interface Recorded {
  method: string;
  path: string;
  authorization: string | undefined;
  body: number;
}

/** A server that notes what it is asked, and the most that it is asked at once. */
async function recording(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: Recorded[] = [];
  let [current, most] = [0, 0];
  const server = createServer({ key, cert: certificate }, (request, response) => {
    most = Math.max(most, ++current);
    response.on('close', () => current--);
    const recorded = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: 0,
    };
    requests.push(recorded);
    request.on('data', (chunk: Buffer) => {
      recorded.body += chunk.length;
    });
    setTimeout(() => answer(request, response), 5);
  });
  server.on('tlsClientError', () => {});
  running.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { port: address.port, requests, most: () => most };
}

const all: AuditedServer[] = ['api-manager', 'gateway', 'identity-server'];

const askAll = async (port: number, ca?: string) =>
  audit({
    addresses: all.map((server) => addressOf(server, `https://127.0.0.1:${port}`)),
    configurations: {},
    versions: { 'identity-server': '7.1.0' },
    ca,
    api: '/an/api',
  });

const standing = (findings: readonly Finding[], server: AuditedServer, question: string) =>
  findings.find((one) => one.server === server && one.question === question)?.standing;

const end = (response: ServerResponse, status: number, headers: Record<string, string> = {}, body = '') =>
  response.writeHead(status, headers).end(body);

test('nothing is sent but GET, HEAD and OPTIONS, no body, and no credential but the word that WSO2 publishes', async () => {
  const server = await recording((_, response) => end(response, 200, {}, 'anything'));
  await askAll(server.port, pki.authorities.platform.certificate);
  assert.ok(server.requests.length > 40, String(server.requests.length));
  assert.deepEqual([...new Set(server.requests.map(({ method }) => method))].sort(), ['GET', 'HEAD', 'OPTIONS']);
  assert.ok(server.requests.every(({ body }) => body === 0));
  const credentials = new Set(server.requests.map(({ authorization }) => authorization));
  assert.deepEqual(credentials, new Set([undefined, publishedWord]));
  assert.ok(server.most() <= 4, `${server.most()} at once`);
});

test('no redirect is followed', async () => {
  const elsewhere = await recording((_, response) => end(response, 200));
  const server = await recording(({ url }, response) =>
    end(response, 302, { location: `https://127.0.0.1:${elsewhere.port}${url}` }),
  );
  const { findings } = await askAll(server.port);
  assert.deepEqual(elsewhere.requests, []);
  assert.equal(standing(findings, 'identity-server', 'console'), 'cannot tell');
});

test('a server that answers every path alike shows no door, open or shut', async () => {
  const server = await recording((_, response) => end(response, 200, {}, 'a page for everything'));
  const { findings } = await askAll(server.port);
  for (const name of all) assert.equal(standing(findings, name, 'soap-login'), 'cannot tell');
});

test('what is sent on like a path that does not exist is not served', async () => {
  const server = await recording((_, response) => end(response, 302, { location: '/carbon/admin/login.jsp' }));
  const { findings } = await askAll(server.port);
  assert.equal(standing(findings, 'identity-server', 'console'), 'shut');
});

test('a stock server is open, as its answers say', async () => {
  const protectedPath = /^(\/t\/carbon\.super)?\/(api\/server|api\/identity|scim2)\//;
  const discovery = {
    grant_types_supported: ['authorization_code', 'password', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types_supported: ['code', 'token id_token'],
    registration_endpoint: 'https://is.example/api/identity/oauth2/dcr/v1.1/register',
    id_token_signing_alg_values_supported: ['RS256'],
  };
  const server = await recording((request, response) => {
    const { url = '', method } = request;
    const cors = method === 'OPTIONS' ? { 'access-control-allow-origin': '*' } : {};
    if (url.endsWith('openid-configuration')) return end(response, 200, {}, JSON.stringify(discovery));
    if (protectedPath.test(url)) return end(response, request.headers.authorization === publishedWord ? 200 : 401);
    if (url === '/an/api') return end(response, 401, { ...cors, server: 'WSO2-PassThrough-HTTP' });
    if (url.includes('no-such-path')) return end(response, 404);
    if (url === '/services/Version') return end(response, 200, cors, 'WSO2 API Manager-4.6.0');
    return end(response, 200, { ...cors, server: 'WSO2 Carbon Server' });
  });
  const { findings, versions, versionsBy } = await askAll(server.port);
  const open = (name: AuditedServer) =>
    findings.filter((one) => one.server === name && one.standing === 'open').map(({ question }) => question);
  assert.equal(versions['api-manager'], '4.6.0');
  assert.equal(versionsBy['api-manager'], 'reported');
  for (const question of [
    'published-word-api-server-v1-applications',
    'published-word-t-carbon-super-api-server-v1-applications',
    'management-console',
    'console',
    'discovery-oauth-grant-type-password-enable',
    'discovery-oauth-grant-type-device-code-enable',
    'discovery-oauth-response-type-id-token-token-enable',
    'discovery-registration-endpoint',
    'discovery-id-token-algorithms',
    'hsts',
    'framing',
    'server-header',
    'cors',
  ])
    assert.ok(open('identity-server').includes(question), question);
  assert.equal(standing(findings, 'identity-server', 'scim2-Users'), 'shut');
  assert.equal(standing(findings, 'identity-server', 'discovery-oauth-grant-type-saml-bearer-enable'), 'shut');
  for (const question of ['service-list', 'soap-login', 'client-certificate', 'cors', 'server-header'])
    assert.ok(open('gateway').includes(question), question);
  const names = findings.map(({ server: name, by, question }) => `${name} ${by} ${question}`);
  assert.equal(new Set(names).size, names.length);
});

test('a server whose certificate --ca does not cover is not audited, and neither is an unreachable one', async () => {
  const server = await recording((_, response) => end(response, 404));
  await assert.rejects(askAll(server.port, pki.authorities.foreign.certificate), {
    name: 'Wso2Error',
    code: 'untrusted',
  });
  const gone = running.pop();
  gone?.closeAllConnections();
  gone?.close();
  await assert.rejects(askAll(server.port), { name: 'Wso2Error', code: 'unreachable' });
});

test('the cure is one that the version knows', async () => {
  const webSockets: Finding = {
    ...rowQuestion('api-manager', 'apim.ws.enable', { question: 'port-9099', subject: 'WebSockets' }),
    standing: 'open',
    found: '',
  };
  const cureOf = (version: string) =>
    forVersion(webSockets, { 'api-manager': version, 'identity-server': '7.1.0' }).cure;
  assert.equal(cureOf('4.6.0'), 'apim.ws.enable = false');
  assert.match(cureOf('4.2.0'), /^4\.2\.0 knows no key for it/);
});
