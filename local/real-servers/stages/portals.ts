import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { administrator, apiManagerAdministrator } from '../../processes/secrets.ts';
import { type Browser, openBrowser } from '../browser.ts';
import type { Stage } from '../stage.ts';
import type { World } from '../world.ts';

/** Where each portal of API Manager sends a person who has to log in, and a REST API that it works with. */
const portals = {
  publisher: { start: 'services/auth/login', api: '/api/am/publisher/v4/apis' },
  devportal: { start: 'services/configs', api: '/api/am/devportal/v3/applications' },
  admin: { start: 'services/auth/login', api: '/api/am/admin/v4/key-managers' },
} as const;

export const operatorsLogIn: Stage = {
  name: 'portals',
  shows:
    "Operators log in to API Manager's portals and to Identity Server's Console, and work there; a wrong password does not.",
  async run(world) {
    const { homes, outputs, secrets } = world.environment;
    const entered: string[] = [];
    if (homes.apiManager !== undefined) {
      const account = apiManagerAdministrator(secrets);
      const url = outputs.apiManager.url;
      for (const portal of Object.keys(portals) as (keyof typeof portals)[]) {
        await asPerson(world, (browser) => enterPortal(world, browser, portal, account));
        entered.push(portal);
      }
      await asPerson(world, async (browser) => {
        const wrong = { ...account, password: randomBytes(12).toString('hex') };
        const page = await logIn(browser, `${url}/publisher/${portals.publisher.start}`, wrong);
        assert.equal(page.url.pathname, '/authenticationendpoint/login.do', 'a wrong password enters the publisher');
      });
    }
    if (homes.identityServer !== undefined) {
      await asPerson(world, (browser) => enterConsole(world, browser));
      entered.push('Console');
    }
    return { entered };
  },
};

interface Account {
  username: string;
  password: string;
}

async function asPerson(world: World, does: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = openBrowser(world.environment.outputs.trust.servers);
  await does(browser).finally(browser.close);
}

/** Opens a page that sends a browser to the login page, fills that in, and follows where it leads. */
async function logIn(browser: Browser, start: string, { username, password }: Account) {
  const { url } = await browser.open(start);
  const sessionDataKey = url.searchParams.get('sessionDataKey');
  assert.ok(sessionDataKey !== null, `${start} leads to no login page, but to ${url.pathname}`);
  return browser.open(new URL('../commonauth', url), { username, password, sessionDataKey });
}

async function enterPortal(
  { environment }: World,
  browser: Browser,
  portal: keyof typeof portals,
  account: Account,
): Promise<void> {
  const { url } = environment.outputs.apiManager;
  const page = await logIn(browser, `${url}/${portal}/${portals[portal].start}`, account);
  assert.deepEqual([page.status, page.url.pathname.split('/')[1]], [200, portal]);
  // A portal's script has the first half of the token; the second is a cookie that it cannot read.
  const token = browser.cookie('WSO2_AM_TOKEN_1_Default', page.url.href);
  const { status } = await browser.open(url + portals[portal].api, undefined, token);
  assert.equal(status, 200, `${portal}: its API`);
}

/** The Console is an application of its own, a public client, with PKCE (RFC 7636). */
async function enterConsole({ environment }: World, browser: Browser): Promise<void> {
  const { outputs, secrets } = environment;
  const { url } = outputs.identityServer;
  const verifier = randomBytes(32).toString('base64url');
  const client = { client_id: 'CONSOLE', redirect_uri: `${url}/console` };
  const query = new URLSearchParams({
    ...client,
    response_type: 'code',
    scope: 'openid SYSTEM',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const account = { username: administrator, password: secrets.identityServerPassword };
  const page = await logIn(browser, `${url}/oauth2/authorize?${query}`, account);
  const code = page.url.searchParams.get('code') ?? '';
  assert.ok(code !== '', `the Console's login leads to ${page.url.pathname} without a code`);
  const form = { ...client, grant_type: 'authorization_code', code, code_verifier: verifier };
  const answer = JSON.parse((await browser.open(`${url}/oauth2/token`, form)).text);
  // The token is bound to a cookie.
  const { status } = await browser.open(`${url}/api/server/v1/applications?limit=1`, undefined, answer.access_token);
  assert.equal(status, 200, 'Console: its API');
}
