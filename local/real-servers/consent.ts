import assert from 'node:assert/strict';
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { Agent } from 'node:https';
import axios from 'axios';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { openPki } from '../pki/pki.ts';
import { administrator } from '../processes/secrets.ts';
import { numericDate, seal, unsignedJwt } from '../register/jwt.ts';
import type { RecipientClient } from '../register/recipient-client.ts';
import { openBrowser } from './browser.ts';
import type { World } from './world.ts';

/** What a consumer's consent brings a recipient (RFC 6749, section 5.1). */
const tokenAnswer = z.looseObject({
  access_token: z.string(),
  refresh_token: z.string(),
  id_token: z.string(),
  scope: z.string(),
});

export type ConsentTokens = z.output<typeof tokenAnswer>;

/** A consumer with an account at Identity Server, who signs in and consents to all that a recipient asks for. */
export interface Consumer {
  /**
   * The recipient's whole flow, as the Consumer Data Standards have it: a signed request object, pushed (RFC 9126), with PKCE; the consumer
   * signs in; the code, which may come as a signed answer (JARM), is exchanged over mutual TLS.
   * @param scope separated by spaces.
   */
  consent(recipient: RecipientClient, clientId: string, scope: string): Promise<ConsentTokens>;
  /** Removes the account. */
  close(): Promise<void>;
}

/** Creates the account. */
export async function openConsumer({ environment }: World): Promise<Consumer> {
  const { outputs, secrets, state, urls } = environment;
  const { url } = outputs.identityServer;
  const ca = outputs.trust.servers;
  const administration = axios.create({
    baseURL: url,
    httpsAgent: new Agent({ ca }),
    auth: { username: administrator, password: secrets.identityServerPassword },
    proxy: false,
  });
  const account = {
    userName: `consumer-${randomBytes(4).toString('hex')}`,
    password: `Aa1!${randomBytes(12).toString('hex')}`,
  };
  const { data: user } = await administration.post('/scim2/Users', account);
  const { recipientSigning } = (await openPki(state.pki)).signers;
  const redirectUri = `${urls.recipient}/consent/callback`;

  async function codeFor(recipient: RecipientClient, clientId: string, scope: string) {
    const verifier = randomBytes(32).toString('base64url');
    const now = numericDate();
    const client = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope };
    const pkce = { code_challenge: hash('sha256', verifier, 'base64url'), code_challenge_method: 'S256' };
    const request = seal(
      unsignedJwt(
        {
          ...client,
          ...pkce,
          response_mode: 'jwt',
          state: randomUUID(),
          nonce: randomUUID(),
          iss: clientId,
          aud: urls.issuer,
          nbf: now,
          exp: now + 300,
          jti: randomUUID(),
        },
        recipientSigning,
      ),
    );
    const form = { ...client, request, ...(await recipient.proof(clientId)) };
    const pushed = await recipient.http.post(`${url}/oauth2/par`, new URLSearchParams(form));
    assert.equal(pushed.status, 201, `the request is not pushed: ${JSON.stringify(pushed.data)}`);

    const browser = openBrowser(ca, urls.recipient);
    try {
      const query = new URLSearchParams({ client_id: clientId, request_uri: pushed.data.request_uri });
      const login = await browser.open(`${url}/oauth2/authorize?${query}`);
      const sessionDataKey = login.url.searchParams.get('sessionDataKey');
      assert.ok(sessionDataKey !== null, `no login page, but ${login.url.href}`);
      let page = await browser.open(new URL('../commonauth', login.url), {
        username: account.userName,
        password: account.password,
        sessionDataKey,
      });
      // The page is shown for scopes of an API resource, and not for `openid` and `profile` alone.
      const sessionDataKeyConsent = page.url.searchParams.get('sessionDataKeyConsent');
      if (sessionDataKeyConsent !== null)
        page = await browser.open(`${url}/oauth2/authorize`, { sessionDataKeyConsent, consent: 'approve' });
      const answer = page.url.searchParams;
      const signed = answer.get('response');
      const code = signed === null ? answer.get('code') : decodeJwt<{ code?: string }>(signed).code;
      assert.ok(typeof code === 'string', `the login leads to ${page.url.pathname} without a code`);
      return { code, verifier };
    } finally {
      browser.close();
    }
  }

  return {
    async consent(recipient, clientId, scope) {
      const { code, verifier } = await codeFor(recipient, clientId, scope);
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
      const answer = await recipient.http.post(
        urls.issuer,
        new URLSearchParams({ ...form, ...(await recipient.proof(clientId)) }),
      );
      assert.equal(answer.status, 200, `the code is not exchanged: ${JSON.stringify(answer.data)}`);
      return tokenAnswer.parse(answer.data);
    },
    close: async () => {
      await administration.delete(`/scim2/Users/${user.id}`);
    },
  };
}
