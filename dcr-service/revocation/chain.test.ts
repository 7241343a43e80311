import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import * as x509 from '@peculiar/x509';
import {
  type Authority,
  authorityStatement,
  generateRsaKey,
  issueCertificate,
  type RevocationUrls,
  sign,
  signingKeyOf,
  type Validity,
} from '../../pki/issue-certificate.ts';
import { DocumentUnavailable } from '../keys/document-fetch.ts';
import { readAuthorities } from '../settings/authority-file.ts';
import { createRevocationCheck } from './revocation-check.ts';

const day = 24 * 60 * 60_000;
const inDays = (days: number) => new Date(Date.now() + days * day);
const placesOf = (name: string): RevocationUrls => ({
  crl: `https://crl.example/${name}.crl`,
  ocsp: `https://ocsp.example/${name}`,
});

async function authority(
  commonName: string,
  key: string,
  issuer: Authority | 'itself',
  validity: Validity = {},
): Promise<Authority> {
  const statement = await authorityStatement({ commonName, organization: 'Sample' }, key, issuer);
  const certificate = await sign(statement, key, issuer, 3650, validity);
  return { certificate, key, revocation: placesOf(commonName.replaceAll(' ', '-')) };
}

async function listOf(issuer: Authority, revoked: readonly string[], extensions: x509.Extension[] = []) {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(issuer.certificate).subjectName,
    thisUpdate: inDays(-1),
    nextUpdate: inDays(200),
    entries: revoked.map((pem) => ({ serialNumber: new X509Certificate(pem).serialNumber.toLowerCase() })),
    extensions,
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    signingKey: signingKeyOf(issuer.key),
  });
  return Buffer.from(list.rawData);
}

const [rootKey, issuingKey, otherKey] = await Promise.all([generateRsaKey(), generateRsaKey(), generateRsaKey()]);
const root = await authority('Root', rootKey, 'itself');
const issuing = await authority('Issuing', issuingKey, root, { notAfter: inDays(10) });
const renewed = await authority('Issuing', issuingKey, root, { notAfter: inDays(1000) });
const leaf = new X509Certificate(
  (await issueCertificate(issuing, { commonName: 'Recipient', purposes: ['client'] })).certificate,
);

/** `lists`: what is published, by its name; nothing else can be had. */
function checkOf(declared: readonly Authority[], lists: Readonly<Record<string, Buffer>>, now = Date.now()) {
  const state = { now, asked: [] as string[] };
  const check = createRevocationCheck({
    authorities: readAuthorities(declared.map(({ certificate }) => certificate).join('')),
    fetch: async (url) => {
      const name = /^https:\/\/crl\.example\/(.*)\.crl$/.exec(url)?.[1] ?? '';
      state.asked.push(name);
      const list = lists[name];
      if (!list) throw new DocumentUnavailable('it did not answer in time');
      return list;
    },
    cooldownMs: 0,
    now: () => state.now,
  });
  return { state, ...check };
}
const published = { Issuing: await listOf(issuing, []), Root: await listOf(root, []) };

test('of an authority renewed with the same key either certificate counts as long as it is valid, in any order', async () => {
  for (const declared of [
    [root, issuing, renewed],
    [renewed, issuing, root],
  ]) {
    const { state, statusOf, isIssuedHere } = checkOf(declared, published);
    assert.equal(await statusOf(leaf), 'good');
    // The same certificate was asked about before the old authority ended.
    state.now += 20 * day;
    assert.deepEqual([await statusOf(leaf), isIssuedHere(leaf)], ['good', true]);
    state.now -= 20 * day + 60 * 60_000;
    assert.deepEqual([await statusOf(leaf), isIssuedHere(leaf)], ['stranger', false], 'before either was valid');
  }
});

test('an authority whose renewal is not valid yet goes on by its present certificate', async () => {
  const future = await authority('Issuing', issuingKey, root, { notBefore: inDays(5), notAfter: inDays(1000) });
  const { state, statusOf } = checkOf([root, future, issuing], published);
  assert.equal(await statusOf(leaf), 'good');
  state.now += 20 * day;
  assert.equal(await statusOf(leaf), 'good');
});

test('certificates of an authority that its root has revoked are refused, unless its renewal issued them too', async () => {
  const lists = { ...published, Root: await listOf(root, [issuing.certificate]) };
  assert.equal(await checkOf([root, issuing], lists).statusOf(leaf), 'authority revoked');
  assert.equal(await checkOf([root, issuing, renewed], lists).statusOf(leaf), 'good');
  const both = { ...published, Root: await listOf(root, [issuing.certificate, renewed.certificate]) };
  assert.equal(await checkOf([root, issuing, renewed], both).statusOf(leaf), 'authority revoked');
});

test('a revoked certificate stays revoked, whichever certificate of its authority is looked at', async () => {
  const lists = { ...published, Issuing: await listOf(issuing, [leaf.toString()]) };
  assert.equal(await checkOf([root, issuing, renewed], lists).statusOf(leaf), 'revoked');
});

test('of an authority whose own revocation cannot be looked up nothing is known, and the reason is told', async () => {
  const status = await checkOf([root, issuing], { Issuing: published.Issuing }).statusOf(leaf);
  assert.match(JSON.stringify(status), /Root\.crl could not be used: it did not answer in time.*ocsp\.example\/Root/);
});

test('a list of recipients’ certificates alone says nothing of an authority, nor one of authorities of a recipient', async () => {
  const only = (hex: string) => [new x509.Extension('2.5.29.28', true, Buffer.from(hex, 'hex'))];
  const [users, authorities] = [only('30038101ff'), only('30038201ff')];
  const fit = { Issuing: await listOf(issuing, [], users), Root: await listOf(root, [], authorities) };
  assert.equal(await checkOf([root, issuing], fit).statusOf(leaf), 'good');
  const unfit = { ...fit, Root: await listOf(root, [], users) };
  assert.match(JSON.stringify(await checkOf([root, issuing], unfit).statusOf(leaf)), /Root\.crl could not be used/);
});

test('without the root an issuing authority is believed by itself, and one with an expired root as well', async () => {
  const alone = checkOf([issuing], published);
  assert.equal(await alone.statusOf(leaf), 'good');
  assert.deepEqual(alone.state.asked, ['Issuing']);
  const ended = await authority('Root', rootKey, 'itself', { notBefore: inDays(-20), notAfter: inDays(-10) });
  assert.equal(await checkOf([ended, issuing], published).statusOf(leaf), 'good');
});

test('authorities that signed each other make no endless way', async () => {
  const other = await authority('Other', otherKey, 'itself');
  const crossed = [await authority('Other', otherKey, root), await authority('Root', rootKey, other)];
  const lists = { ...published, Other: await listOf(other, []) };
  assert.equal(await checkOf([...crossed, issuing], lists).statusOf(leaf), 'good');
});

test('the root alone has not issued what its issuing authority did', async () => {
  assert.equal(await checkOf([root], published).statusOf(leaf), 'stranger');
});
