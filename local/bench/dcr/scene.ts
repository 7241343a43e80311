import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  accessTokenClaims,
  generateSigner,
  issuer,
  recipientKeySet,
  recipientSigner,
  registerKeySet,
  registerSigner,
  registrationRequest,
  seconds,
  signAccessToken,
} from '../../../dcr-service/testing/signed-requests.ts';
import { temporaryDirectory } from '../../../programs/testing/temporary-directory.ts';
import { samplePki } from '../../pki/testing/sample-pki.ts';
import { type Child, startChild } from './child.ts';
import { aimedAt, type Gun, type Shot } from './load.ts';

/** All that the processes share: certificates, keys, the other servers, and how the gateway would call. */
export interface Scene {
  readonly directory: string;
  readonly stubsUrl: string;
  readonly pem: (file: string) => string;
  readonly path: (file: string) => string;
  /** The environment of the service, but for its store. */
  readonly service: Readonly<Record<string, string>>;
  readonly registerKey: unknown;
  readonly recipientKey: unknown;
  /** The Identity Server's, public. */
  readonly tokenKey: unknown;
  readonly thumbprint: string;
  gunFor(url: string): Gun;
  /** Registration requests of as many software products, signed now and valid for hours. */
  signedRequests(count: number, prefix: string): Promise<string[]>;
  post(body: string, expected?: number): Shot;
  manage(method: 'GET' | 'DELETE', clientId: string, expected: number): Promise<Shot>;
  /** A call of a data API with a consumer's token of its own. */
  dataCall(path: string, clientId: string): Promise<Shot>;
  close(): Promise<void>;
}

const hours = 6 * 60 * 60;

export async function setScene(): Promise<Scene> {
  const directory = temporaryDirectory();
  const path = (file: string) => join(directory, file);
  await samplePki(path('pki'));
  const pem = (file: string) => readFileSync(path(join('pki', file)), 'utf8');
  const tokenSigner = await generateSigner('is-1', 'PS256');
  const documents = {
    '/register': registerKeySet,
    '/recipient': recipientKeySet,
    '/oauth2/jwks': { keys: [tokenSigner.jwk] },
  };
  writeFileSync(path('documents.json'), JSON.stringify(documents));
  const inPki = (file: string) => path(join('pki', file));
  const stubs: Child = startChild('instant-stubs.ts', [
    inPki('register.pem'),
    inPki('register.key'),
    path('documents.json'),
  ]);
  const stubsUrl = String((await stubs.said('ready')).url);

  const recipient = new X509Certificate(pem('recipient.pem'));
  const thumbprint = createHash('sha256').update(recipient.raw).digest('base64url');
  const certificate = { 'x-wso2-client-certificate': Buffer.from(recipient.toString()).toString('base64url') };
  return {
    directory,
    stubsUrl,
    pem,
    path,
    registerKey: registerSigner.jwk,
    recipientKey: recipientSigner.jwk,
    tokenKey: tokenSigner.jwk,
    thumbprint,
    service: {
      DCR_HOST: '127.0.0.1',
      DCR_PORT: '0',
      DCR_HEALTH_HOST: '127.0.0.1',
      DCR_HEALTH_PORT: '0',
      DCR_TLS_CERT_FILE: inPki('dcr-service.pem'),
      DCR_TLS_KEY_FILE: inPki('dcr-service.key'),
      DCR_GATEWAY_CA_FILE: inPki('cdr-root.pem'),
      DCR_GATEWAY_NAMES: 'gateway.data-holder.example',
      DCR_ISSUER: issuer,
      DCR_REGISTER_JWKS_URL: `${stubsUrl}/register`,
      DCR_TRUST_FILE: inPki('cdr-root.pem'),
      DCR_ALLOWED_PRIVATE_ADDRESSES: '127.0.0.0/8,::1/128',
      DCR_IS_URL: stubsUrl,
      DCR_IS_USERNAME: 'bench',
      DCR_IS_PASSWORD: 'bench',
      DCR_APIM_URL: stubsUrl,
      DCR_APIM_USERNAME: 'bench',
      DCR_APIM_PASSWORD: 'bench',
      // The load has one certificate, and there are no revocation lists here.
      DCR_RATE_LIMIT: '0',
      DCR_RECIPIENT_CA_FILE: inPki('cdr-issuing.pem'),
      DCR_REVOCATION: 'off',
    },
    gunFor: (url) => aimedAt(url, { ca: pem('platform-ca.pem'), cert: pem('gateway.pem'), key: pem('gateway.key') }),
    signedRequests: async (count, prefix) => {
      const exp = seconds() + hours;
      const requests: string[] = [];
      for (let index = 0; index < count; index++) {
        const softwareId = `${prefix}-${index}-${randomUUID()}`;
        const statement = { software_id: softwareId, jwks_uri: `${stubsUrl}/recipient`, exp };
        requests.push(await registrationRequest({ request: { iss: softwareId, exp }, statement }));
      }
      return requests;
    },
    post: (body, expected = 201) => ({
      method: 'POST',
      path: '/register',
      headers: { ...certificate, 'content-type': 'application/jwt' },
      body,
      expected,
    }),
    manage: async (method, clientId, expected) => {
      const claims = accessTokenClaims(clientId, thumbprint, { exp: seconds() + hours });
      const authorization = `Bearer ${await signAccessToken(claims, tokenSigner)}`;
      const headers = { ...certificate, authorization, 'x-wso2-client-id': clientId };
      return { method, path: `/register/${clientId}`, headers, expected };
    },
    dataCall: async (path, clientId) => {
      const consented = { aut: 'APPLICATION_USER', scope: 'openid bank:accounts.basic:read' };
      const claims = accessTokenClaims(clientId, thumbprint, { ...consented, exp: seconds() + hours });
      const authorization = `Bearer ${await signAccessToken(claims, tokenSigner)}`;
      return { method: 'GET', path, headers: { authorization }, expected: 200 };
    },
    close: () => stubs.stop(),
  };
}
