import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import getPort from 'get-port';
import { pino } from 'pino';
import {
  type CertificateStatus,
  type OcspAnswer,
  ocspRefusal,
  ocspResponse,
  readOcspQuestion,
} from '../../local/pki/ocsp-response.ts';
import { publishRevocationList } from '../../local/pki/revocation-list.ts';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { startRegister } from '../../local/register/server.ts';
import { type Authority, generateRsaKey, issueCertificate, leafStatement, sign } from '../../pki/issue-certificate.ts';
import { DocumentUnavailable } from '../keys/document-fetch.ts';
import { openKeySources } from '../keys/key-sources.ts';
import { readAuthorities } from '../settings/authority-file.ts';
import { type CertificateId, certificateId, questionUrl } from './ocsp-question.ts';
import { createRevocationCheck } from './revocation-check.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-ocsp-'));
after(() => rmSync(directory, { recursive: true }));
const registerPort = await getPort();
const pki = await samplePki(join(directory, 'pki'), { registerUrl: `https://localhost:${registerPort}` });
const issuing = pki.authorities.cdrIssuing;
const recipient = new X509Certificate(pki.parties.recipient.certificate);
const gateway = new X509Certificate(pki.parties.gateway.certificate);
const authorities = readAuthorities(pki.authorities.cdrRoot.certificate + issuing.certificate);
const responder = `https://localhost:${registerPort}/ocsp`;
const minute = 60_000;

type Respond = (request: Buffer) => Buffer;

/** A check without a revocation list, with the given answer of the responder. */
function checkWith(respond: Respond) {
  const state = { now: Date.now(), questions: 0, respond };
  const check = createRevocationCheck({
    authorities,
    fetch: async (url) => {
      if (!url.startsWith(responder)) throw new DocumentUnavailable('it did not answer in time');
      state.questions += 1;
      return state.respond(Buffer.from(decodeURIComponent(url.slice(responder.length + 1)), 'base64'));
    },
    freshMs: minute,
    cooldownMs: 100,
    now: () => state.now,
  });
  return { state, statusOf: (certificate = recipient) => check.statusOf(certificate) };
}

const answering =
  (status: CertificateStatus, options: OcspAnswer = {}, authority: Authority = issuing): Respond =>
  (request) => {
    const question = readOcspQuestion(request);
    assert.ok(question);
    return ocspResponse(question, status, authority, options);
  };

const period = (from: number, to: number): OcspAnswer => ({
  validity: { thisUpdate: new Date(Date.now() + from), nextUpdate: new Date(Date.now() + to) },
});

// All that is waited for comes before the first test: node:test takes a pause between two for their end.
const flipped: Respond = (request) => {
  const answer = answering('good')(request);
  answer.writeUInt8(answer.readUInt8(answer.length - 1) ^ 1, answer.length - 1);
  return answer;
};
// "Revoked" made "good" in an answer that the authority has signed: the signature must notice.
const whitewashed: Respond = (request) => {
  const answer = answering('unknown')(request);
  answer.writeUInt8(0x80, answer.indexOf(Buffer.of(0x82, 0x00, 0x18)));
  return answer;
};
const withSha1: Respond = (request) => {
  const [sha256, sha1] = ['2a864886f70d01010b', '2a864886f70d010105'];
  return Buffer.from(answering('good')(request).toString('hex').replace(sha256, sha1), 'hex');
};
const recipientId = await certificateId(recipient, new X509Certificate(issuing.certificate));
/** Signed by our authority, about the same serial number of another. */
const aboutAnother = (id: Partial<CertificateId>): Respond => {
  const asked = questionUrl('', { ...recipientId, ...id }).slice(1);
  return () => answering('good')(Buffer.from(decodeURIComponent(asked), 'base64'));
};
const [late, early] = await Promise.all(
  [{ notAfter: new Date(Date.now() - minute) }, { notBefore: new Date(Date.now() + 60 * minute) }].map((validity) =>
    issueCertificate(issuing, { commonName: 'Responder', purposes: ['ocsp'] }, validity),
  ),
);
assert.ok(late && early);
const delegate = await issueCertificate(issuing, { commonName: 'Responder', purposes: ['ocsp'] });
const impostorKey = await generateRsaKey();
const impostor = {
  key: impostorKey,
  certificate: await sign(
    await leafStatement({ commonName: 'Responder', purposes: ['ocsp'] }, impostorKey, issuing),
    impostorKey,
    { ...issuing, key: impostorKey },
    1,
  ),
};
const answerAboutGateway = answering('good')(await questionAbout(gateway));

test('without a list the responder says whether a certificate is revoked', async () => {
  assert.equal(await checkWith(answering('good')).statusOf(), 'good');
  assert.equal(await checkWith(answering('revoked')).statusOf(), 'revoked');
});

test('an answer serves until it is due, then another is asked for; each certificate has its own', async () => {
  const { state, statusOf } = checkWith(answering('good'));
  await Promise.all(Array.from({ length: 20 }, () => statusOf()));
  assert.equal(state.questions, 1);
  await statusOf(gateway);
  assert.equal(state.questions, 2);
  state.now += 61 * minute;
  state.respond = answering('revoked', period(60 * minute, 120 * minute));
  assert.equal(await statusOf(), 'revoked');
  assert.equal(state.questions, 3);
});

test('a responder that the authority has entrusted may answer', async () => {
  assert.equal(await checkWith(answering('good', { responder: delegate })).statusOf(), 'good');
});

const lies: [what: string, respond: Respond, told: RegExp][] = [
  ['a signature that does not verify', flipped, /its signature does not verify/],
  ['a status that was changed', whitewashed, /its signature does not verify/],
  ['the signature of a stranger', answering('good', {}, pki.authorities.foreign), /its signature does not verify/],
  ['the signature of a recipient', answering('good', { responder: pki.parties.gateway }), /signature does not verify/],
  [
    'the signature of one whom another authority entrusted',
    answering('good', { responder: pki.parties.stranger }),
    /signature does not verify/,
  ],
  ['the signature of one whose certificate has run out', answering('good', { responder: late }), /does not verify/],
  ['the signature of one whose certificate is of tomorrow', answering('good', { responder: early }), /does not verify/],
  [
    'the signature of one who bears the name of its authority',
    answering('good', { responder: impostor }),
    /not verify/,
  ],
  ['a signature with SHA-1', withSha1, /an algorithm that is not accepted/],
  ['another name of the authority', aboutAnother({ issuerNameHash: Buffer.alloc(20) }), /about another certificate/],
  ['another key of the authority', aboutAnother({ issuerKeyHash: Buffer.alloc(20) }), /about another certificate/],
  ['no word about the certificate', answering('unknown'), /the responder does not know the certificate/],
  ['a refusal', () => ocspRefusal('unauthorized'), /the responder refused with unauthorized/],
  ['a time that is over', answering('good', period(-60 * minute, -minute)), /it expired at/],
  ['a time that is to come', answering('good', period(10 * minute, 20 * minute)), /it is not valid yet/],
  ['nothing', () => Buffer.alloc(0), /not an OCSP response in DER/],
  ['a page', () => Buffer.from('<html>'), /not an OCSP response in DER/],
  ['another certificate', () => answerAboutGateway, /it is about another certificate/],
];

async function questionAbout(certificate: X509Certificate): Promise<Buffer> {
  const id = await certificateId(certificate, new X509Certificate(issuing.certificate));
  return Buffer.from(decodeURIComponent(questionUrl('', id).slice(1)), 'base64');
}

for (const [what, respond, told] of lies) {
  test(`an answer with ${what} is not trusted`, async () => {
    const status = await checkWith(respond).statusOf();
    assert.ok(typeof status === 'object', String(status));
    assert.match(status.unavailable, told);
    assert.match(status.unavailable, /^the revocation list at .*; the OCSP responder at .* could not be used/);
  });
}

test("OpenSSL understands the question and answers it, and OpenSSL's answer is understood", async (t) => {
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: directory });
  if (!(await openssl('version').then(Boolean, () => false))) return t.skip('openssl is not installed');
  writeFileSync(file('ca.pem'), issuing.certificate);
  writeFileSync(file('ca.key'), issuing.key, { mode: 0o600 });
  writeFileSync(file('delegate.pem'), delegate.certificate);
  writeFileSync(file('delegate.key'), delegate.key, { mode: 0o600 });
  for (const [mark, status, signer] of [
    ['V', 'good', 'ca'],
    ['R', 'revoked', 'ca'],
    ['V', 'good', 'delegate'],
  ] as const) {
    const revoked = mark === 'R' ? '260101000000Z,keyCompromise' : '';
    writeFileSync(
      file('index'),
      `${mark}\t491231235959Z\t${revoked}\t${recipient.serialNumber}\tunknown\t/CN=recipient\n`,
    );
    writeFileSync(file('request.der'), await questionAbout(recipient));
    const signing = ['-CA', 'ca.pem', '-rsigner', `${signer}.pem`, '-rkey', `${signer}.key`, '-ndays', '1'];
    await openssl('ocsp', '-index', 'index', ...signing, '-reqin', 'request.der', '-respout', 'response.der');
    const answer = readFileSync(file('response.der'));
    assert.equal(await checkWith(() => answer).statusOf(), status);
  }
});

test('the responder of the CDR is asked over the network, by the same rules as for keys', async (t) => {
  const register = await startRegister({ pki: join(directory, 'pki'), registerPort, recipientPort: 0 });
  const sources = openKeySources(
    {
      registerJwksUrl: `${register.registerUrl}/cdr-register/v1/jwks`,
      identityServer: { url: register.registerUrl, username: '', password: '' },
      trust: pki.authorities.cdrRoot.certificate,
      allowedPrivateAddresses: ['127.0.0.0/8', '::1/128'],
    },
    pino({ level: 'silent' }),
  );
  t.after(async () => {
    sources.close();
    await register.close();
  });
  await publishRevocationList(pki, [pki.parties.gateway.certificate]);
  const check = createRevocationCheck({
    authorities,
    fetch: async (url) => {
      if (url.endsWith('.crl')) throw new DocumentUnavailable('it did not answer in time');
      return sources.fetchRevocation(url);
    },
  });
  assert.equal(await check.statusOf(recipient), 'good');
  assert.equal(await check.statusOf(gateway), 'revoked');
  assert.equal(register.requests('/ocsp/*'), 2);
});
