import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { recipientOf } from '../testing/recipient.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';

const service = await serviceOfThisFile(samplePki, { DCR_REQUEST_TIMEOUT_MS: '1000' });
const { newClient, manage } = recipientOf(service);
const read = (file: string) => readFileSync(join(service.pki, file), 'utf8');
const good = service.certificateHeader('recipient');
const pem = Buffer.from(good, 'base64url').toString();

/** Sends bytes as they are, as the gateway, and gives back everything that comes until the connection ends. */
function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const identity = { cert: read('gateway.pem'), key: read('gateway.key'), ca: read('platform-ca.pem') };
    const socket = connect({
      host: '127.0.0.1',
      servername: 'localhost',
      port: Number(new URL(service.url).port),
      ...identity,
    });
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(answer));
    socket.write(request);
  });
}

const statusesIn = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
const head = (...lines: string[]) => `${['POST /register HTTP/1.1', 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`;
const jwt = ['Content-Type: application/jwt', `X-WSO2-Client-Certificate: ${good}`];
const smuggled = `GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

const smuggling: [what: string, request: string][] = [
  [
    'Content-Length and Transfer-Encoding',
    `${head(...jwt, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
  ],
  [
    'Transfer-Encoding and Content-Length',
    `${head(...jwt, 'Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n${smuggled}`,
  ],
  ['two lengths', head(...jwt, 'Content-Length: 0', `Content-Length: ${smuggled.length}`) + smuggled],
  ['a length that is no number', head(...jwt, 'Content-Length: +0') + smuggled],
  ['an encoding that is not quite chunked', `${head(...jwt, 'Transfer-Encoding: xchunked')}0\r\n\r\n${smuggled}`],
  ['a header with a space before its colon', `${head(...jwt, 'Transfer-Encoding : chunked')}0\r\n\r\n${smuggled}`],
  ['a folded header', `${head(...jwt, 'X: y\r\n Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
  ['a bare line feed', `POST /register HTTP/1.1\nHost: localhost\n\n${smuggled}`],
  ['a chunk with a bad size', `${head(...jwt, 'Transfer-Encoding: chunked')}zz\r\n\r\n${smuggled}`],
];
for (const [what, request] of smuggling) {
  test(`smuggling: ${what} ends the connection, and nothing behind it is read`, async () => {
    const answers = await raw(request);
    assert.deepEqual(statusesIn(answers), [400], answers);
    assert.match(answers, /"error":"invalid_request"/);
    assert.doesNotMatch(answers, /openapi: 3/);
  });
}

for (const [what, lines] of [
  ['Host', ['Host: elsewhere', ...jwt]],
  ['Content-Type', ['Content-Type: application/json', ...jwt]],
] as const) {
  test(`${what} that comes twice is answered 400, whichever of the two another reader would take`, async () => {
    const answers = await raw(`${head(...lines, 'Connection: close', 'Content-Length: 5')}a.b.c`);
    assert.deepEqual(statusesIn(answers), [400], answers);
    assert.match(
      answers,
      new RegExp(`"error":"invalid_request","error_description":"The header ${what} must come once`, 'i'),
    );
  });
}

test('DELETE: a body is read to its end, whatever it is, and the next request on the connection is understood', async () => {
  const { clientId } = await newClient();
  const remove = async (...lines: string[]) =>
    [
      `DELETE /register/${clientId} HTTP/1.1`,
      'Host: localhost',
      `X-WSO2-Client-Certificate: ${good}`,
      `X-WSO2-Client-Id: ${clientId}`,
      `Authorization: Bearer ${await service.accessToken(clientId)}`,
      ...lines,
    ].join('\r\n');
  const noise = `\0\u00ff{"a":\r\n\r\n${smuggled}`;
  const bodies = [
    `${await remove('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(noise)}`)}\r\n\r\n${noise}`,
    `${await remove('Content-Type: not/a;type;', 'Content-Length: 3')}\r\n\r\nabc`,
    `${await remove('Content-Type: x', 'Content-Length: 3')}\r\n\r\nabc`,
    `${await remove('Content-Length: 3')}\r\n\r\nabc`,
    `${await remove('Content-Encoding: gzip', 'Content-Type: application/jwt', 'Transfer-Encoding: chunked')}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
  ];
  const answers = await raw(`${bodies.join('')}${smuggled}`);
  // Pipelined requests run at the same time: any one of the five may be the one that removes the client.
  const statuses = statusesIn(answers);
  assert.deepEqual(statuses.slice(0, 5).toSorted(), [204, 401, 401, 401, 401], answers.slice(0, 3000));
  assert.deepEqual(statuses.slice(5), [200], answers.slice(0, 3000));
});

test('DELETE: a body beyond the limit is answered 413, and removes nothing', async () => {
  const { clientId } = await newClient();
  const answer = await manage(
    'DELETE',
    clientId,
    {},
    { body: 'x'.repeat(70_000), headers: { 'content-length': '70000' } },
  );
  assert.equal(answer.status, 413);
  assert.equal((await manage('GET', clientId)).status, 200);
});

test('a connection without a TLS handshake is closed after five seconds, also when it sends a little now and then', {
  timeout: 20_000,
}, async () => {
  const port = Number(new URL(service.url).port);
  const began = Date.now();
  const silent = connectTcp(port, '127.0.0.1');
  const trickling = connectTcp(port, '127.0.0.1', () => {
    // The start of a record that announces more than ever comes.
    trickling.write(Buffer.from([22, 3, 1, 2, 0]));
    const drip = setInterval(() => trickling.write(Buffer.from([1])), 500);
    trickling.once('close', () => clearInterval(drip));
  });
  const closed = (socket: Socket) =>
    new Promise((resolve) =>
      socket
        .on('error', () => {})
        .resume()
        .once('close', resolve),
    );
  await Promise.all([closed(silent), closed(trickling)]);
  const took = Date.now() - began;
  assert.ok(took > 4_000 && took < 8_000, `${took} ms`);
});

test('headers beyond 16 kB are answered 431', async () => {
  assert.deepEqual(statusesIn(await raw(head(`X: ${'x'.repeat(20_000)}`))), [431]);
});

test('a body that is announced and does not come is given up', async () => {
  const answers = await raw(`${head(...jwt, 'Content-Length: 1000')}a.b`);
  assert.deepEqual(statusesIn(answers), [408], answers);
});

test('a body that grows in chunks beyond the limit is answered 413', async () => {
  const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
  assert.deepEqual(
    statusesIn(await raw(head(...jwt, 'Connection: close', 'Transfer-Encoding: chunked') + chunk.repeat(20))),
    [413],
  );
});

for (const [what, status, request] of [
  ['too long', 413, (body: string) => head(...jwt, `Content-Length: ${body.length}`) + body],
  [
    'too long, in chunks',
    413,
    (body: string) =>
      `${head(...jwt, 'Transfer-Encoding: chunked')}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ],
  [
    'without a certificate',
    403,
    (body: string) => head(jwt[0] ?? '', 'Connection: close', `Content-Length: ${body.length}`) + body,
  ],
] as const) {
  test(`a body that is refused (${what}) is read to its end before the connection closes`, async () => {
    const sent = await raw(request('x'.repeat(8_000_000)));
    assert.deepEqual(statusesIn(sent), [status], sent);
  });
}

test('a refused body without an end is read up to a limit, and the connection closed', async () => {
  const announced = 20 * 1024 * 1024;
  const answers = await raw(head(...jwt, `Content-Length: ${announced}`) + 'x'.repeat(10 * 1024 * 1024 + 1));
  assert.deepEqual(statusesIn(answers), [413], answers);
  assert.match(answers, /connection: close/i);
});

const post = (certificate: string | string[] | undefined) =>
  service.call({
    method: 'POST',
    path: '/register',
    body: 'a.b.c',
    headers: {
      'content-type': 'application/jwt',
      ...(certificate !== undefined && { 'x-wso2-client-certificate': certificate }),
    },
  });

for (const [what, value] of [
  ['as the gateway sends it', good],
  ['URL-encoded, as a proxy before it does', encodeURIComponent(pem)],
] as const) {
  test(`the certificate header: ${what}`, async () => {
    const answer = await post(value);
    assert.equal(answer.status, 400, answer.body);
    assert.match(answer.body, /invalid_client_metadata/);
  });
}

const badCertificates: [what: string, value: string | string[]][] = [
  ['two of them', [good, good]],
  ['two values in one, joined by a comma', `${good},${good}`],
  ['two values in one, joined by a comma and a space', `${good}, ${good}`],
  ['empty', ''],
  ['two certificates in one PEM', Buffer.from(pem + pem).toString('base64url')],
  ['text before the certificate', Buffer.from(`subject=/CN=x\n${pem}`).toString('base64url')],
  [
    'with a private key after it',
    Buffer.from(`${pem}-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n`).toString('base64url'),
  ],
  ['percent-encoded line breaks and a header', `${encodeURIComponent(pem)}%0d%0aX-WSO2-Client-Id:%20x`],
  ['invalid percent-encoding', '%zz'],
  ['NUL within', Buffer.from(pem.replace('MII', 'MI\0')).toString('base64url')],
  ['a certificate cut short', Buffer.from(pem.slice(0, -200)).toString('base64url')],
  ['DER instead of PEM', Buffer.from(pem.replaceAll(/-.*-|\s/g, ''), 'base64').toString('base64url')],
  ['14 kB of letters', 'A'.repeat(14_000)],
  ['1 kB of dashes', Buffer.from('-'.repeat(1000)).toString('base64url')],
];
for (const [what, value] of badCertificates) {
  test(`the certificate header: ${what} is refused`, async () => {
    const answer = await post(value);
    assert.equal(answer.status, 403, answer.body);
    assert.match(answer.body, /"error":"client_certificate_error"/);
  });
}

test('the certificate header: a missing one and a bad one give different errors', async () => {
  assert.match((await post(undefined)).body, /"error":"client_certificate_required"/);
});

test('the certificate header: line breaks that are sent as they are start no new header', async () => {
  const answers = await raw(
    `${head('Connection: close', `X-WSO2-Client-Certificate: ${encodeURIComponent(pem)}\r\nX-WSO2-Client-Certificate: ${good}`, 'Content-Length: 0')}`,
  );
  assert.deepEqual(statusesIn(answers), [403]);
  assert.match(answers, /More than one client certificate/);
});
