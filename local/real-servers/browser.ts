import { Agent } from 'node:https';
import axios from 'axios';
import { CookieJar } from 'tough-cookie';

/** A page at which a browser has arrived. */
export interface Page {
  url: URL;
  status: number;
  text: string;
}

/** The parts of a browser that a login needs: it keeps cookies, follows redirects and sends forms. It runs no scripts. */
export interface Browser {
  /**
   * @param form is sent by POST; without it the address is fetched by GET.
   * @param token is sent beside the cookies, as the script of a page does.
   */
  open(url: string | URL, form?: Record<string, string>, token?: string): Promise<Page>;
  /** The value of a cookie that the browser sends to this address; undefined if it has no such cookie. */
  cookie(name: string, url: string): string | undefined;
  close(): void;
}

/** More redirects than any login takes. */
const manyRedirects = 20;

/**
 * @param ca PEM of the CAs that issued the servers' certificates.
 * @param stopAt an origin that is not called: a redirect there is where the way ends.
 */
export function openBrowser(ca: string, stopAt?: string): Browser {
  const httpsAgent = new Agent({ ca, keepAlive: true });
  const jar = new CookieJar();
  const send = async ({ href }: URL, form?: Record<string, string>, token?: string) => {
    const answer = await axios.request<string>({
      url: href,
      httpsAgent,
      proxy: false,
      maxRedirects: 0,
      validateStatus: () => true,
      responseType: 'text',
      timeout: 60_000,
      headers: {
        accept: '*/*',
        cookie: jar.getCookieStringSync(href),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(form && { method: 'POST', data: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers['set-cookie'] ?? []) jar.setCookieSync(cookie, href, { ignoreError: true });
    return answer;
  };
  return {
    async open(from, form, token) {
      let url = new URL(from);
      let answer = await send(url, form, token);
      for (let count = 0; answer.headers.location !== undefined && count < manyRedirects; count++) {
        url = new URL(answer.headers.location, url);
        if (url.origin === stopAt) break;
        answer = await send(url);
      }
      return { url, status: answer.status, text: answer.data };
    },
    cookie: (name, url) => jar.getCookiesSync(url).find(({ key }) => key === name)?.value,
    close: () => httpsAgent.destroy(),
  };
}
