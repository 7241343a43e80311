import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import axios, { type AxiosResponse } from 'axios';
import { splitBundle } from '../../../../pki/pem.ts';
import { pkcs12Keystore, pkcs12Truststore } from '../../../../pki/pkcs12.ts';
import type { Pki } from '../../../pki/pki.ts';
import { freePorts } from '../../../processes/ports.ts';
import type { Clock } from '../../clock.ts';
import { startIdentityServer } from '../../identity-server/server.ts';
import {
  createSampleHome,
  administrator as identityAdministrator,
} from '../../identity-server/testing/sample-identity-server.ts';
import { versionFile } from '../../server-version.ts';
import type { Quirks } from '../quirks.ts';
import { restApiScopes } from '../scopes.ts';
import { type ApiManagerOptions, type RunningApiManager, startApiManager } from '../server.ts';

export const administrator = { username: 'admin', password: 'the administrator of the tests' };
const storePassword = 'the stores of the tests';
const standIn = fileURLToPath(new URL('../home', import.meta.url));

export interface SampleSettings {
  clock?: Clock;
  quirks?: Partial<Quirks>;
  /** Versions of the two servers' homes. Default: the newest. */
  versions?: { apiManager: string; identityServer: string } | undefined;
  /** PEM by alias. Default: the CDR's and the platform's authorities. */
  trusted?: (pki: Pki) => string[];
}

export interface SampleHome {
  home: string;
  pki: Pki;
  env: Record<string, string>;
}

export interface Call {
  body?: unknown;
  token?: string;
  basic?: { username: string; password: string };
  /** Of a body that is a Buffer. */
  contentType?: string;
  headers?: Record<string, string>;
}

export interface SampleApiManager extends SampleHome {
  url: string;
  running: () => RunningApiManager;
  /** Starts an Identity Server beside it, whose certificate is of the platform's authority. */
  identityServer(): Promise<{ url: string; issuer: string }>;
  /** A token with these scopes. Default: all scopes of the REST APIs. */
  token(scope?: string): Promise<string>;
  /** Any status is an answer. A body may be JSON, parameters of a form, or multipart. */
  call(method: string, path: string, call?: Call): Promise<AxiosResponse>;
  /** Writes the file; the server reads it at its next start. */
  writeTruststore(trusted: readonly string[]): void;
  restart(change?: Partial<ApiManagerOptions>): Promise<void>;
}

/** The files that API Manager starts from, on free ports, with a PKI that Identity Server's sample home brought. */
export async function createApiManagerHome(
  t: TestContext,
  pki: Pki,
  settings: SampleSettings = {},
): Promise<SampleHome> {
  const home = mkdtempSync(join(tmpdir(), 'api-manager-'));
  t.after(() => rmSync(home, { recursive: true }));
  cpSync(standIn, home, { recursive: true });
  const security = join(home, 'repository', 'resources', 'security');
  mkdirSync(security, { recursive: true });
  mkdirSync(join(home, 'repository', 'conf'), { recursive: true });
  const { key, certificate } = pki.parties.gateway;
  const own = { alias: 'wso2carbon', key, chain: splitBundle(certificate) };
  writeFileSync(join(security, 'wso2carbon.p12'), pkcs12Keystore(own, storePassword));
  const signing = pki.parties.apiManagerSigning;
  const signer = { alias: 'wso2carbon', key: signing.key, chain: splitBundle(signing.certificate) };
  writeFileSync(join(security, 'signing.p12'), pkcs12Keystore(signer, storePassword));
  const { cdrRoot, cdrIssuing, platform } = pki.authorities;
  writeTruststore(
    home,
    settings.trusted?.(pki) ?? [cdrRoot, cdrIssuing, platform].map((authority) => authority.certificate),
  );
  const { apiManagerOffset } = await freePorts();
  writeFileSync(join(home, 'repository', 'conf', 'deployment.toml'), deploymentToml(apiManagerOffset));
  const env = {
    WSO2_ADMIN_PASSWORD: administrator.password,
    STORE_PASSWORD: storePassword,
    WSO2_ENCRYPTION_KEY: '0123456789abcdef'.repeat(4),
  };
  return { home, pki, env };
}

/** API Manager over real TLS, from a fresh home; it stops when the test ends. */
export async function startSampleApiManager(t: TestContext, settings: SampleSettings = {}): Promise<SampleApiManager> {
  const identityHome = await createSampleHome(t, { authorizeAllScopes: false });
  const sample = await createApiManagerHome(t, identityHome.pki, settings);
  if (settings.versions !== undefined) {
    writeVersion(sample.home, `WSO2 API Manager v${settings.versions.apiManager}`);
    writeVersion(identityHome.home, `WSO2 Identity Server v${settings.versions.identityServer}`);
  }
  // Started already when the first request comes, unless a test is about just that.
  const quirks = { registrationWarmUpMs: 0, ...settings.quirks };
  const openapiDirectory = process.env.WSO2_OPENAPI_DIR;
  const clock = settings.clock;
  const options = { ...sample, quirks, ...(clock ? { clock } : {}), ...(openapiDirectory ? { openapiDirectory } : {}) };
  let running = await startApiManager(options);
  t.after(() => running.close());

  const { cdrRoot } = sample.pki.authorities;
  const httpsAgent = new Agent({ ca: cdrRoot.certificate });
  const call: SampleApiManager['call'] = (method, path, { body, token, basic, contentType, headers } = {}) =>
    axios.request({
      url: running.managementUrl + path,
      method,
      httpsAgent,
      proxy: false,
      maxRedirects: 0,
      validateStatus: () => true,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...headers,
      },
      ...(body === undefined ? {} : { data: body }),
      ...(basic === undefined ? {} : { auth: basic }),
    });
  return {
    ...sample,
    url: running.managementUrl,
    running: () => running,
    async identityServer() {
      const identityServer = await startIdentityServer(identityHome);
      t.after(() => identityServer.close());
      return identityServer;
    },
    call,
    async token(scope = restApiScopes.join(' ')) {
      const client = await registerClient(call);
      const form = new URLSearchParams({ grant_type: 'password', ...administrator, scope });
      const basic = { username: client.clientId, password: client.clientSecret };
      return (await call('POST', '/oauth2/token', { body: form, basic })).data.access_token;
    },
    writeTruststore: (trusted) => writeTruststore(sample.home, trusted),
    async restart(change = {}) {
      await running.close();
      running = await startApiManager({ ...options, ...change });
    },
  };
}

function writeTruststore(home: string, trusted: readonly string[]): void {
  const entries = trusted.map((pem, index) => ({ alias: `trusted-${index}`, pem }));
  const file = join(home, 'repository', 'resources', 'security', 'client-truststore.p12');
  writeFileSync(file, pkcs12Truststore(entries, storePassword));
}

function writeVersion(home: string, version: string): void {
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, ...versionFile), version);
}

export async function registerClient(
  call: SampleApiManager['call'],
): Promise<{ clientId: string; clientSecret: string }> {
  const body = {
    callbackUrl: 'https://localhost',
    clientName: 'tests',
    owner: administrator.username,
    grantType: 'client_credentials password refresh_token',
    saasApp: true,
  };
  const { data } = await call('POST', '/client-registration/v0.17/register', { body, basic: administrator });
  return data;
}

/** A multipart form; files get a name, as a client sends them. */
export function multipart(
  fields: Record<string, string>,
  files: Record<string, { name: string; content: string }> = {},
) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, { name: fileName, content }] of Object.entries(files))
    form.append(name, new Blob([content]), fileName);
  return form;
}

/** A key manager of the type WSO2-IS-7 for a running Identity Server. */
export function wso2Is7({ url, issuer }: { url: string; issuer: string }, name = 'OBKM') {
  return {
    name,
    displayName: name,
    type: 'WSO2-IS-7',
    wellKnownEndpoint: `${issuer}/.well-known/openid-configuration`,
    introspectionEndpoint: `${url}/oauth2/introspect`,
    clientRegistrationEndpoint: `${url}/api/identity/oauth2/dcr/v1.1/register`,
    tokenEndpoint: `${url}/oauth2/token`,
    revokeEndpoint: `${url}/oauth2/revoke`,
    userInfoEndpoint: `${url}/scim2/Me`,
    authorizeEndpoint: `${url}/oauth2/authorize`,
    issuer,
    certificates: { type: 'JWKS', value: `${url}/oauth2/jwks` },
    availableGrantTypes: ['client_credentials', 'refresh_token', 'authorization_code'],
    enableTokenGeneration: true,
    enableMapOAuthConsumerApps: true,
    enableOAuthAppCreation: true,
    enableSelfValidationJWT: true,
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    enabled: true,
    additionalProperties: {
      api_resource_management_endpoint: `${url}/api/server/v1/api-resources`,
      is7_roles_endpoint: `${url}/scim2/v2/Roles`,
      Authentication: 'BasicAuth',
      Username: identityAdministrator.username,
      Password: identityAdministrator.password,
    },
  };
}

/** A delay that no test waits for: what it delays has not happened. */
export const never = 3_600_000;

/** Asks until the answer fits; a condition that never holds ends with the test's own time-out. */
export async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function deploymentToml(offset: number) {
  const store = (file: string) => `file_name = "${file}"\ntype = "PKCS12"\npassword = "$env{STORE_PASSWORD}"`;
  const keystore = (file: string) => `${store(file)}\nalias = "wso2carbon"\nkey_password = "$env{STORE_PASSWORD}"`;
  return `
[server]
hostname = "localhost"
offset = ${offset}
[super_admin]
username = "${administrator.username}"
password = "$env{WSO2_ADMIN_PASSWORD}"
[database.shared_db]
type = "h2"
url = "jdbc:h2:./repository/database/WSO2SHARED_DB"
[encryption]
key = "$env{WSO2_ENCRYPTION_KEY}"
[keystore.tls]
${keystore('wso2carbon.p12')}
[keystore.primary]
${keystore('signing.p12')}
[keystore.internal]
${keystore('signing.p12')}
[truststore]
${store('client-truststore.p12')}
[[apim.gateway.environment]]
name = "Default"
type = "hybrid"
https_endpoint = "https://localhost:${8243 + offset}"
`;
}
