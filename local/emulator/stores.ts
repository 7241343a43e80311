import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseJks, toPem } from 'jks-js';
import forge, { type pkcs12 } from 'node-forge';

/** One certificate that a store trusts. */
export interface TrustEntry {
  alias: string;
  pem: string;
  certificate: X509Certificate;
}

const { asn1, pki } = forge;

// Oracle's bag attribute: without it Java lists a certificate of a PKCS#12 store but does not trust it. node-forge
// leaves out attributes that it has no name for.
pki.oids['2.16.840.1.113894.746875.1.1'] = 'trustedKeyUsage';

interface StoreEntry {
  alias: string;
  /** PKCS#8 PEM; undefined for a trusted certificate. */
  key: string | undefined;
  /** Leaf first. */
  chain: X509Certificate[];
}

/**
 * The certificates that a truststore makes trusted. As in Java, a key entry's own certificate is trusted as well.
 * `type` is `JKS` or `PKCS12`. Throws naming the file when it is missing, of another type, or the password is wrong.
 */
export function readTruststore(file: string, type: string, password: string): TrustEntry[] {
  return readStore(file, type, password, password).flatMap(({ alias, chain }) =>
    chain.slice(0, 1).map((certificate) => ({ alias, pem: certificate.toString(), certificate })),
  );
}

/**
 * The private key under `alias` and its certificate chain, leaf first, both PEM. Aliases are compared without case, as
 * keytool does. The key's own password must be the store's: WSO2 asks for that, and PKCS#12 knows no other way.
 */
export function readKeystore(
  file: string,
  type: string,
  password: string,
  alias: string,
): { key: string; chain: string[] } {
  const entries = readStore(file, type, password, password);
  const entry = entries.find((candidate) => candidate.alias.toLowerCase() === alias.toLowerCase());
  if (entry?.key === undefined) {
    const aliases = entries.map((candidate) => candidate.alias).join(', ') || 'nothing';
    throw new Error(`${file} holds no private key under the alias '${alias}' (it holds ${aliases}).`);
  }
  return { key: entry.key, chain: entry.chain.map((certificate) => certificate.toString()) };
}

function readStore(file: string, type: string, password: string, keyPassword: string): StoreEntry[] {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (cause) {
    throw new Error(`Cannot read the store ${file}: ${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}.`, {
      cause,
    });
  }
  try {
    if (type.toUpperCase() === 'JKS') return readJks(content, password, keyPassword);
    if (type.toUpperCase() === 'PKCS12') return readPkcs12(content, password);
  } catch (cause) {
    throw new Error(`Cannot open ${file} as ${type}: ${(cause as Error).message} Check its type and password.`, {
      cause,
    });
  }
  throw new Error(`${file}: '${type}' is no type of store that is known here: use JKS or PKCS12.`);
}

function readJks(content: Buffer, password: string, keyPassword: string): StoreEntry[] {
  const keys = toPem(content, password, keyPassword);
  return parseJks(content, password).map((entry) => {
    const chain = 'chain' in entry ? entry.chain : [entry.cert];
    return {
      alias: entry.alias,
      key: keys[entry.alias]?.key,
      chain: chain.map(({ value }) => new X509Certificate(value)),
    };
  });
}

function readPkcs12(content: Buffer, password: string): StoreEntry[] {
  const store = forge.pkcs12.pkcs12FromAsn1(asn1.fromDer(content.toString('binary')), password);
  const bags = store.safeContents.flatMap(({ safeBags }) => safeBags);
  const certificates = bags.filter(({ type }) => type === pki.oids.certBag).map(certificateOf);
  const entries = bags
    .filter(({ type }) => type === pki.oids.pkcs8ShroudedKeyBag || type === pki.oids.keyBag)
    .map((bag) => keyEntry(bag, certificates));

  const trusted = bags
    .filter(isTrusted)
    .map((bag) => ({ alias: aliasOf(bag), key: undefined, chain: [certificateOf(bag)] }));
  return [...entries, ...trusted];
}

function isTrusted(bag: pkcs12.Bag): boolean {
  return bag.type === pki.oids.certBag && 'trustedKeyUsage' in (bag.attributes as object);
}

function aliasOf(bag: pkcs12.Bag): string {
  const names = (bag.attributes as { friendlyName?: string[] }).friendlyName;
  return names?.[0] ?? '';
}

/** node-forge models only RSA and returns everything else as ASN.1, which node:crypto then reads. */
function certificateOf(bag: pkcs12.Bag): X509Certificate {
  const content = bag.cert ? pki.certificateToAsn1(bag.cert) : bag.asn1;
  return new X509Certificate(Buffer.from(asn1.toDer(content).getBytes(), 'binary'));
}

function keyEntry(bag: pkcs12.Bag, certificates: X509Certificate[]): StoreEntry {
  const content = bag.key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(bag.key)) : bag.asn1;
  const key = createPrivateKey({
    key: Buffer.from(asn1.toDer(content).getBytes(), 'binary'),
    format: 'der',
    type: 'pkcs8',
  });
  const leaf = certificates.find((certificate) => certificate.publicKey.equals(createPublicKey(key)));
  if (leaf === undefined) throw new Error(`The key '${aliasOf(bag)}' has no certificate.`);
  return {
    alias: aliasOf(bag),
    key: key.export({ format: 'pem', type: 'pkcs8' }) as string,
    chain: chainFrom(leaf, certificates),
  };
}

function chainFrom(leaf: X509Certificate, certificates: X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  for (;;) {
    const last = chain.at(-1) ?? leaf;
    const issuer = certificates.find((candidate) => !chain.includes(candidate) && last.checkIssued(candidate));
    if (issuer === undefined) return chain;
    chain.push(issuer);
  }
}
