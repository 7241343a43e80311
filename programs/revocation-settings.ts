import { z } from 'zod';
import { hasHandshakeRevocation } from './deployment-toml/handshake-revocation.ts';
import type { EdgeSettings } from './edge-settings.ts';
import { type GenerationName, generations } from './products.ts';
import { fileText, flag } from './setting-types.ts';

/** PEM blocks of revocation lists, with text between them, as OpenSSL writes it. */
const lists = /-----BEGIN X509 CRL-----[\s\S]+-----END X509 CRL-----/;

/** Which of the servers' listeners ask at the handshake whether a caller's certificate is revoked. */
export const revocationSettings = {
  gatewayRevocation: flag,
  identityRevocationLists: fileText.refine(
    (text) => text === undefined || (lists.test(text) && !/PRIVATE KEY-----/.test(text)),
    'must name a file of revocation lists in PEM form (BEGIN X509 CRL), and nothing else',
  ),
};

const schema = z.object(revocationSettings);

/** The settings of revocation at the handshake, checked. */
export type RevocationSettings = z.output<typeof schema>;

/** What no single setting can know, each with what to do. */
export function revocationFaults({
  gatewayRevocation,
  generation,
  edge,
}: RevocationSettings & Pick<EdgeSettings, 'edge'> & { generation: GenerationName }): [
  key: keyof RevocationSettings,
  message: string,
][] {
  const { version } = generations[generation].apiManager;
  if (!gatewayRevocation) return [];
  if (!hasHandshakeRevocation(version))
    return [['gatewayRevocation', `is true, but API Manager ${version} has no such check: set false`]];
  if (edge === 'terminated')
    return [
      [
        'gatewayRevocation',
        "is true, but edge is terminated: the gateway sees the edge's certificate only; set false, and check recipients' at the edge",
      ],
    ];
  return [];
}
