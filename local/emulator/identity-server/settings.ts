import { z } from 'zod';
import { type OwnApplication, ownApplicationOf } from '../own-application.ts';
import type { ServerHome } from '../server-home.ts';
import { readKeystore, readTruststore } from '../stores.ts';
import { type Flows, readFlows } from './flows.ts';
import type { IdentityServerVersion } from './version.ts';

/** A private key with its certificates, leaf first. PEM. */
export interface KeyAndChain {
  key: string;
  chain: string[];
}

/** What deployment.toml and the stores say; read once, as the product does: a change takes a restart. */
export interface IdentityServerSettings {
  hostname: string;
  port: number;
  /** `https://<hostname>:<port>`, without a slash at the end. */
  url: string;
  /** WSO2 Identity Server names itself by its token endpoint. */
  issuer: string;
  /** `https://<host>:<port>` of endpoints for callers with a certificate, where discovery names them (RFC 8705, 5). */
  aliasUrl?: string;
  /** Where discovery says that endpoints are, if elsewhere than here. */
  endpoints: z.output<typeof Endpoints>;
  administrator: { username: string; password: string };
  tls: KeyAndChain;
  signing: KeyAndChain;
  /** The CAs that are trusted for outgoing calls. PEM. */
  trusted: string[];
  /** Whose client certificates the listener takes: those of a store of its own, where it has one. PEM. */
  trustedCallers: string[];
  certificateVerification: CertificateVerification;
  scopes: {
    authorizeAll: boolean;
    /** Scopes that every client is given, registered or not. */
    allowed: readonly RegExp[];
    dropUnregistered: boolean;
  };
  /** What else proves a caller of the management APIs than a user's password or a token. */
  doors: {
    /** A client certificate that the listener trusts. */
    certificateOpens: boolean;
    application: OwnApplication;
    /** `[[resource.access_control]]`: paths behind which nobody comes. */
    guarded: readonly RegExp[];
  };
  flows: Flows;
  idToken: {
    /** With what ID tokens are signed; `RS256` yields to a client that registered PS256. */
    algorithm: 'RS256' | 'PS256';
    /** What a client may register. */
    registrable: readonly string[];
  };
  /** Where the same is served without TLS: Tomcat's other connector, 9763; undefined where it is off. */
  plainPort: number | undefined;
  /** Life of an access token of the client_credentials grant, in seconds. */
  applicationTokenLifetime: number;
  /** Of one with a consumer, in seconds. */
  userTokenLifetime: number;
}

/** Tomcat's `certificateVerification`: whether the listener asks for a client certificate, and what it insists on. */
export type CertificateVerification = 'none' | 'optional' | 'optionalNoCA' | 'required';

const Store = z.looseObject({ file_name: z.string(), type: z.string(), password: z.string() });
const Keystore = Store.extend({ alias: z.string() });

const Endpoints = z
  .object({
    oauth2_introspect_url: z.string(),
    oauth2_revoke_url: z.string(),
    oauth2_user_info_url: z.string(),
    oauth2_dcr_url: z.string(),
  })
  .partial();

/** `SHA256withRSA` is what the product calls RS256 here; in its list of what may be registered it is another name [7.1.0]. */
const IdTokens = z.looseObject({
  signature_algorithm: z.enum(['SHA256withRSA', 'PS256']).default('SHA256withRSA'),
  signing_algorithms: z.array(z.string()).optional(),
});

const Configuration = z.object({
  // Of a default that refers to it, the product's mapper makes a start that fails.
  server: z.looseObject({
    hostname: z.string().default('localhost'),
    node_ip: z.string({ error: "Configuration with key server.node_ip doesn't exist" }),
    offset: z.int().nonnegative().default(0),
  }),
  super_admin: z.looseObject({ username: z.string(), password: z.string().min(1) }),
  keystore: z.looseObject({ tls: Keystore, primary: Keystore.optional() }),
  truststore: Store,
  oauth: z
    .looseObject({
      authorize_all_scopes: z.boolean().default(false),
      drop_unregistered_scopes: z.boolean().default(true),
      allowed_scopes: z.array(z.string()).default(['^device_.*']),
      mtls_aliases: z.object({ enabled: z.boolean().default(false), hostname: z.string().optional() }).prefault({}),
      endpoints: z.object({ v2: Endpoints.prefault({}) }).prefault({}),
      oidc: z.looseObject({ id_token: IdTokens.prefault({}) }).prefault({}),
      token_validation: z
        .looseObject({
          app_access_token_validity: z.int().positive().default(3600),
          user_access_token_validity: z.int().positive().default(3600),
        })
        .prefault({}),
    })
    .prefault({}),
  // The product's listener wants certificates, and insists on none.
  certificateVerification: z.enum(['none', 'optional', 'optionalNoCA', 'required']).default('optional'),
  certificateOpens: z.boolean().optional(),
  listener: z
    .looseObject({ truststoreFile: z.string(), truststoreType: z.string(), truststorePassword: z.string() })
    .partial()
    .optional(),
});

/** Reads and checks what this server takes from its home. Throws, naming what is missing or wrong. */
export function readSettings(home: ServerHome, product: IdentityServerVersion): IdentityServerSettings {
  const parsed = Configuration.safeParse({
    server: home.setting('server') ?? {},
    super_admin: home.required('super_admin'),
    keystore: home.required('keystore'),
    truststore: home.required('truststore'),
    oauth: home.setting('oauth'),
    certificateVerification: home.setting('transport.https.sslHostConfig.properties.certificateVerification'),
    certificateOpens: home.setting('event.default_listener.client_certificate_authentication_handler.enable'),
    listener: home.setting('transport.https.sslHostConfig.properties'),
  });
  if (!parsed.success) {
    throw new Error(
      `${home.file('repository', 'conf', 'deployment.toml')} cannot be used:\n${z.prettifyError(parsed.error)}`,
    );
  }
  const { server, super_admin, keystore, truststore, oauth, certificateVerification, listener } = parsed.data;
  const { mtls_aliases: aliases } = oauth;
  const port = 9443 + server.offset;
  const url = `https://${server.hostname}:${port}`;
  const storeFile = (name: string) => home.file('repository', 'resources', 'security', name);
  const pems = (file: string, { type, password }: { type: string; password: string }) =>
    readTruststore(file, type, password).map(({ pem }) => pem);
  const open = (store: z.infer<typeof Keystore>) =>
    readKeystore(storeFile(store.file_name), store.type, store.password, store.alias);

  return {
    hostname: server.hostname,
    port,
    url,
    issuer: `${url}/oauth2/token`,
    ...(aliases.enabled && { aliasUrl: `https://${aliases.hostname ?? server.hostname}:${port}` }),
    endpoints: oauth.endpoints.v2,
    administrator: { username: super_admin.username, password: super_admin.password },
    tls: open(keystore.tls),
    signing: open(keystore.primary ?? keystore.tls),
    trusted: pems(storeFile(truststore.file_name), truststore),
    trustedCallers: pems(
      listener?.truststoreFile?.replace(/^\$\{carbon\.home\}/, home.file()) ?? storeFile(truststore.file_name),
      {
        type: listener?.truststoreType ?? truststore.type,
        password: listener?.truststorePassword ?? truststore.password,
      },
    ),
    certificateVerification,
    scopes: {
      authorizeAll: oauth.authorize_all_scopes,
      allowed: oauth.allowed_scopes.map((pattern) => new RegExp(`^(?:${pattern})$`)),
      dropUnregistered: oauth.drop_unregistered_scopes,
    },
    doors: {
      certificateOpens: parsed.data.certificateOpens ?? product.certificateOpens,
      application: ownApplicationOf(home),
      guarded: (home.setting<AccessRule[]>('resource.access_control') ?? [])
        .filter(({ secure, permissions }) => secure && permissions?.includes('none'))
        .map(({ context }) => new RegExp(`^${context}$`)),
    },
    flows: readFlows(home, product),
    idToken: {
      algorithm: oauth.oidc.id_token.signature_algorithm === 'PS256' ? 'PS256' : 'RS256',
      registrable: oauth.oidc.id_token.signing_algorithms ?? ['PS256', 'ES256'],
    },
    plainPort: plainPortOf(home, server.offset),
    applicationTokenLifetime: oauth.token_validation.app_access_token_validity,
    userTokenLifetime: oauth.token_validation.user_access_token_validity,
  };
}

/** On loopback alone it is of no use to anybody outside, and nothing here calls it. */
function plainPortOf(home: ServerHome, offset: number): number | undefined {
  const { enabled, properties } = home.setting<PlainConnector>('transport.http') ?? {};
  return enabled === false || properties?.address === '127.0.0.1' ? undefined : 9763 + offset;
}

interface AccessRule {
  context: string;
  secure?: boolean;
  /** A list, or one alone. */
  permissions?: string | string[];
}

interface PlainConnector {
  enabled?: boolean;
  properties?: { address?: string };
}
