import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';

const { asn1, pki } = forge;

/**
 * The certificates in a PKCS#12 store, the one of its key first where the store says which that is.
 * @throws Error when it is no such store, or another password opens it.
 */
export function certificatesInPkcs12(store: Buffer, password: string): X509Certificate[] {
  const { safeContents } = forge.pkcs12.pkcs12FromAsn1(asn1.fromDer(store.toString('binary')), password);
  const bags = safeContents.flatMap(({ safeBags }) => safeBags);
  const idOf = ({ attributes }: (typeof bags)[number]) => (attributes as { localKeyId?: string[] }).localKeyId?.[0];
  const key = bags.find(({ type }) => type === pki.oids.pkcs8ShroudedKeyBag || type === pki.oids.keyBag);
  const isLeaf = (bag: (typeof bags)[number]) =>
    key !== undefined && idOf(key) !== undefined && idOf(bag) === idOf(key);
  return bags
    .filter(({ type }) => type === pki.oids.certBag)
    .sort((one, other) => Number(isLeaf(other)) - Number(isLeaf(one)))
    .map((bag) => {
      const content = bag.cert ? pki.certificateToAsn1(bag.cert) : bag.asn1;
      return new X509Certificate(Buffer.from(asn1.toDer(content).getBytes(), 'binary'));
    });
}
