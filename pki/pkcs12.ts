import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import forge, { type asn1 as Asn1 } from 'node-forge';

const { asn1, pki } = forge;
const { Class, Type } = asn1;

/** OpenSSL's number. More would only slow down every start: the passwords of these stores are random and cannot be guessed. */
const macIterations = 2_048;
const anyExtendedKeyUsage = '2.5.29.37.0';
/** Oracle's bag attribute: without it Java lists a certificate of a PKCS#12 store but does not trust it. */
const trustedKeyUsage = '2.16.840.1.113894.746875.1.1';

type Node = Asn1.Asn1;

/** A private key with its chain, leaf first. PEM texts. */
export interface KeyEntry {
  readonly alias: string;
  readonly key: string;
  readonly chain: readonly string[];
}

/** A certificate to be trusted. PEM. */
export interface CertificateEntry {
  readonly alias: string;
  readonly pem: string;
}

/**
 * A PKCS#12 key store (RFC 7292): the key under PBES2 with AES-256, certificates in the clear, all under an HMAC.
 * Built from ASN.1 here because node-forge's own writer knows RSA only, one alias, and no trusted certificates.
 */
export function pkcs12Keystore({ alias, key, chain }: KeyEntry, password: string): Buffer {
  const [leaf, ...authorities] = chain;
  if (leaf === undefined) throw new Error(`The key "${alias}" has no certificate: give its chain, leaf first.`);
  const localKeyId = attribute(pki.oids.localKeyId, octets(Buffer.from(new X509Certificate(leaf).fingerprint)));
  const attributes = [friendlyName(alias), localKeyId];
  const certificates = [certificateBag(leaf, attributes), ...authorities.map((pem) => certificateBag(pem, []))];
  return pfx([certificates, [shroudedKeyBag(key, attributes, password)]], password);
}

/** A PKCS#12 store of certificates that Java trusts. */
export function pkcs12Truststore(entries: readonly CertificateEntry[], password: string): Buffer {
  const trusted = attribute(trustedKeyUsage, objectId(anyExtendedKeyUsage));
  return pfx([entries.map(({ alias, pem }) => certificateBag(pem, [friendlyName(alias), trusted]))], password);
}

function pfx(safes: Node[][], password: string): Buffer {
  // Key derivation encodes the password differently for its two uses; only ASCII means the same to every reader.
  if (!/^[\x20-\x7e]+$/.test(password)) throw new Error('The password of a PKCS#12 store must be printable ASCII.');
  const authenticated = der(sequence(...safes.map((bags) => data(der(sequence(...bags))))));
  const salt = randomBytes(20);
  // MAC keys have the purpose 3 (RFC 7292, B.3). SHA-1 has the widest support: Java 8 before update 301 reads no other.
  const derived = forge.pkcs12.generateKey(password, forge.util.createBuffer(binary(salt)), 3, macIterations, 20);
  const mac = forge.hmac.create();
  mac.start('sha1', derived);
  mac.update(binary(authenticated));
  const digest = sequence(
    sequence(objectId(pki.oids.sha1), asn1.create(Class.UNIVERSAL, Type.NULL, false, '')),
    octets(Buffer.from(mac.getMac().getBytes(), 'binary')),
  );
  return der(sequence(integer(3), data(authenticated), sequence(digest, octets(salt), integer(macIterations))));
}

function certificateBag(pem: string, attributes: Node[]): Node {
  const certificate = sequence(objectId(pki.oids.x509Certificate), tagged(octets(new X509Certificate(pem).raw)));
  return bag(pki.oids.certBag, certificate, attributes);
}

function shroudedKeyBag(pem: string, attributes: Node[], password: string): Node {
  // Encrypted by OpenSSL (PBES2, HMAC-SHA-256, AES-256-CBC): node-forge derives this key in JavaScript, ten times slower.
  const format = { type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: password } as const;
  const shrouded = asn1.fromDer(binary(createPrivateKey(pem).export(format)));
  return bag(pki.oids.pkcs8ShroudedKeyBag, shrouded, attributes);
}

function bag(type: string | undefined, value: Node, attributes: Node[]): Node {
  return sequence(objectId(type), tagged(value), ...(attributes.length > 0 ? [set(...attributes)] : []));
}

function friendlyName(alias: string): Node {
  return attribute(pki.oids.friendlyName, asn1.create(Class.UNIVERSAL, Type.BMPSTRING, false, alias));
}

function attribute(type: string | undefined, value: Node): Node {
  return sequence(objectId(type), set(value));
}

/** A ContentInfo of type data. */
function data(content: Buffer): Node {
  return sequence(objectId(pki.oids.data), tagged(octets(content)));
}

const sequence = (...items: Node[]) => asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, items);
const set = (...items: Node[]) => asn1.create(Class.UNIVERSAL, Type.SET, true, items);
const tagged = (item: Node) => asn1.create(Class.CONTEXT_SPECIFIC, 0, true, [item]);
const octets = (bytes: Buffer) => asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, binary(bytes));
const integer = (value: number) =>
  asn1.create(Class.UNIVERSAL, Type.INTEGER, false, asn1.integerToDer(value).getBytes());
const objectId = (id: string | undefined) =>
  asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(id ?? '').getBytes());
const der = (node: Node) => Buffer.from(asn1.toDer(node).getBytes(), 'binary');
/** node-forge's byte strings. */
const binary = (bytes: Buffer) => bytes.toString('binary');
