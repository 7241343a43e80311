import type { CertificateProfile } from '../../pki/issue-certificate.ts';

/** The name of the sample software product, which is also the common name of its certificate (Consumer Data Standards, Security Profile). */
export const sampleProductName = 'Brolga Budget Planner';

const cdr = 'Sample Consumer Data Right';
const platform = 'Sample Data Holder Platform';
const foreign = 'Somebody Else';

/** Where a server of the local environment is reached: on loopback, or by its Service's name in a cluster. */
const reachedAt = (service: string) => ({ dnsNames: ['localhost', service], ipAddresses: ['127.0.0.1'] });

/** The certification authorities, in the order in which they can be made; `issuer` absent: self-signed. */
export const authorities = {
  cdrRoot: { file: 'cdr-root', commonName: 'Sample CDR Root CA', organization: cdr },
  cdrIssuing: { file: 'cdr-issuing', commonName: 'Sample CDR Issuing CA', organization: cdr, issuer: 'cdrRoot' },
  platform: { file: 'platform-ca', commonName: 'Sample Platform CA', organization: platform },
  foreign: { file: 'foreign-ca', commonName: 'Foreign CA', organization: foreign },
} as const;

export type AuthorityName = keyof typeof authorities;

/** The parties that get a certificate, and its authority. */
export const parties = {
  recipient: {
    file: 'recipient',
    issuer: 'cdrIssuing',
    // Both purposes: it calls the gateway, and serves the recipient's JWKS.
    profile: {
      commonName: sampleProductName,
      organization: 'Brolga Finance',
      purposes: ['client', 'server'],
      ...reachedAt('recipient'),
    },
  },
  register: {
    file: 'register',
    issuer: 'cdrIssuing',
    profile: { commonName: 'Sample CDR Register', organization: cdr, purposes: ['server'], ...reachedAt('register') },
  },
  gateway: {
    file: 'gateway',
    issuer: 'cdrIssuing',
    // Both purposes: API Manager uses its one TLS key for its listeners and towards back ends that ask for a certificate.
    profile: {
      commonName: 'Sample Data Holder Gateway',
      organization: 'Sample Data Holder',
      purposes: ['client', 'server'],
      // The numbered names are those of two API Managers, which have one certificate.
      dnsNames: ['localhost', 'api-manager', 'api-manager-1', 'api-manager-2', 'gateway.data-holder.example'],
      ipAddresses: ['127.0.0.1'],
    },
  },
  identityServer: {
    file: 'identity-server',
    issuer: 'platform',
    profile: {
      commonName: 'Identity Server',
      organization: platform,
      purposes: ['server'],
      ...reachedAt('identity-server'),
    },
  },
  // What the servers sign tokens with, which is not what they show by TLS.
  apiManagerSigning: {
    file: 'api-manager-signing',
    issuer: 'platform',
    profile: { commonName: 'API Manager signing', organization: platform, purposes: [] },
  },
  identityServerSigning: {
    file: 'identity-server-signing',
    issuer: 'platform',
    profile: { commonName: 'Identity Server signing', organization: platform, purposes: [] },
  },
  dcrService: {
    file: 'dcr-service',
    issuer: 'platform',
    profile: { commonName: 'dcr-service', organization: platform, purposes: ['server'], ...reachedAt('dcr-service') },
  },
  database: {
    file: 'database',
    issuer: 'platform',
    profile: { commonName: 'PostgreSQL', organization: platform, purposes: ['server'], ...reachedAt('database') },
  },
  stranger: {
    file: 'foreign',
    issuer: 'foreign',
    profile: {
      commonName: sampleProductName,
      organization: foreign,
      purposes: ['client', 'server'],
      ...reachedAt('recipient'),
    },
  },
} as const satisfies Record<string, { file: string; issuer: AuthorityName; profile: CertificateProfile }>;

export type PartyName = keyof typeof parties;

/** Who signs JWTs: the Register its software statements, the recipient its registration requests and client assertions. */
export const signers = { registerSigning: 'register-signing', recipientSigning: 'recipient-signing' } as const;

export type SignerName = keyof typeof signers;
