import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type webcrypto } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { type ClusterLayout, network, nodeName } from './layout.ts';

/** Who a certificate speaks for. To the API server, the common name is a user and each organization a group. */
interface Holder {
  readonly file: string;
  readonly authority: 'kubernetes-ca' | 'etcd-ca';
  readonly commonName: string;
  readonly group?: string;
  /** Host names and addresses of a server; a client has none. */
  readonly names?: readonly string[];
}

/** Every certificate of the cluster. etcd has a separate authority, because every client that it trusts can read all Secrets. */
export const holders: readonly Holder[] = [
  { file: 'etcd', authority: 'etcd-ca', commonName: 'etcd', names: ['localhost', '127.0.0.1'] },
  { file: 'etcd-client', authority: 'etcd-ca', commonName: 'kube-apiserver' },
  {
    file: 'apiserver',
    authority: 'kubernetes-ca',
    commonName: 'kube-apiserver',
    names: [
      ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${network.domain}`],
      ...['localhost', '127.0.0.1', network.apiService, network.node],
    ],
  },
  { file: 'apiserver-to-kubelet', authority: 'kubernetes-ca', commonName: 'kube-apiserver', group: 'system:masters' },
  { file: 'kubelet-server', authority: 'kubernetes-ca', commonName: nodeName, names: [nodeName, network.node] },
  { file: 'kubelet', authority: 'kubernetes-ca', commonName: `system:node:${nodeName}`, group: 'system:nodes' },
  { file: 'controller-manager', authority: 'kubernetes-ca', commonName: 'system:kube-controller-manager' },
  { file: 'scheduler', authority: 'kubernetes-ca', commonName: 'system:kube-scheduler' },
  { file: 'kube-proxy', authority: 'kubernetes-ca', commonName: 'system:kube-proxy' },
  { file: 'coredns', authority: 'kubernetes-ca', commonName: 'cdr-stack:coredns' },
  { file: 'volume-provisioner', authority: 'kubernetes-ca', commonName: 'cdr-stack:volume-provisioner' },
  { file: 'admin', authority: 'kubernetes-ca', commonName: 'cdr-stack:admin', group: 'system:masters' },
];

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const tenYears = 3650 * 24 * 60 * 60 * 1000;

/** The certificate and key of a holder, as files. */
export function certificateFiles(layout: ClusterLayout, file: string): { certificate: string; key: string } {
  return { certificate: join(layout.pki, `${file}.pem`), key: join(layout.pki, `${file}.key`) };
}

/** Makes all certificates of a cluster that has none yet, or others than these. All appear at once or not at all. */
export async function ensureCertificates(layout: ClusterLayout): Promise<void> {
  const profile = JSON.stringify(holders, undefined, 2);
  if ((await readFile(join(layout.pki, 'holders.json'), 'utf8').catch(() => '')) === profile) return;
  const draft = `${layout.pki}.unfinished`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string) =>
    writeFile(join(draft, name), text, { mode: name.endsWith('.key') ? 0o600 : 0o644 });
  for (const authority of ['kubernetes-ca', 'etcd-ca'] as const) {
    const key = newKey();
    const certificate = await issueAuthority(authority, key);
    await write(`${authority}.pem`, certificate);
    await write(`${authority}.key`, key);
    for (const holder of holders.filter((each) => each.authority === authority)) {
      const ownKey = newKey();
      await write(`${holder.file}.pem`, await issue(holder, ownKey, { certificate, key }));
      await write(`${holder.file}.key`, ownKey);
    }
  }
  const serviceAccounts = newKey();
  await write('service-accounts.key', serviceAccounts);
  await write(
    'service-accounts.pem',
    createPublicKey(serviceAccounts).export({ type: 'spki', format: 'pem' }).toString(),
  );
  await write('holders.json', profile);
  await rm(layout.pki, { recursive: true, force: true });
  await rename(draft, layout.pki);
}

async function issueAuthority(name: string, key: string): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(),
    name: new x509.Name([{ CN: [`cdr-stack ${name}`] }]),
    keys: { privateKey: signingKey(key), publicKey: publicKey(key) },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey(key)),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

async function issue(holder: Holder, key: string, issuer: { certificate: string; key: string }): Promise<string> {
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const names = (holder.names ?? []).map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const);
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(),
    subject: new x509.Name([...(holder.group ? [{ O: [holder.group] }] : []), { CN: [holder.commonName] }]),
    issuer: new x509.X509Certificate(issuer.certificate).subjectName,
    publicKey: publicKey(key),
    signingKey: signingKey(issuer.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      // A server here is a client too: members of etcd call each other with the certificate that they answer with.
      new x509.ExtendedKeyUsageExtension(names.length > 0 ? [serverAuth, clientAuth] : [clientAuth]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(publicKey(issuer.key)),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

function common() {
  // The first bit clear for a positive number, the second set for one that is never short: RFC 5280, 4.1.2.2.
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(Date.now() - 5 * 60 * 1000),
    notAfter: new Date(Date.now() + tenYears),
    signingAlgorithm: algorithm,
  };
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function signingKey(pem: string): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(algorithm, false, ['sign']);
}

function publicKey(pem: string): webcrypto.CryptoKey {
  return createPublicKey(pem).toCryptoKey(algorithm, true, ['verify']);
}
