import { Agent } from 'node:https';
import axios from 'axios';

/** A page at which a browser has arrived. */
export interface Page {
  url: URL;
  status: number;
  text: string;
}

/** What a person's browser does here: it keeps cookies, follows redirects, and sends forms. It runs no scripts. */
export interface Browser {
  /**
   * @param form is sent by POST; without it the address is fetched by GET.
   * @param token goes beside the cookies, as a page's script sends it.
   */
  open(url: string | URL, form?: Record<string, string>, token?: string): Promise<Page>;
  /** The value of a cookie that has been set; undefined without one. */
  cookie(name: string): string | undefined;
  close(): void;
}

/** More redirects than any login takes. */
const manyRedirects = 20;

/** @param ca PEM of those that vouch for the servers. */
export function openBrowser(ca: string): Browser {
  const httpsAgent = new Agent({ ca, keepAlive: true });
  // One jar for all hosts and paths: the servers of a test are on one host, and their cookies' names differ.
  const cookies = new Map<string, string>();
  const send = async (url: URL, form?: Record<string, string>, token?: string) => {
    const answer = await axios.request<string>({
      url: url.href,
      httpsAgent,
      proxy: false,
      maxRedirects: 0,
      validateStatus: () => true,
      responseType: 'text',
      timeout: 60_000,
      headers: {
        accept: '*/*',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(form && { method: 'POST', data: new URLSearchParams(form) }),
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /;\s*max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return {
    async open(from, form, token) {
      let url = new URL(from);
      let answer = await send(url, form, token);
      for (let count = 0; answer.headers.location !== undefined && count < manyRedirects; count++) {
        url = new URL(answer.headers.location, url);
        answer = await send(url);
      }
      return { url, status: answer.status, text: answer.data };
    },
    cookie: (name) => cookies.get(name),
    close: () => httpsAgent.destroy(),
  };
}
