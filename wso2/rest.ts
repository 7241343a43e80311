import FormData from 'form-data';
import { z } from 'zod';
import { Wso2Error } from './errors.ts';
import type { Answer, Body, Request, Send } from './http.ts';
import { secretsIn } from './secrets.ts';

/** Asks and parses: what a server answers is checked here, once. */
export interface Rest {
  /** @throws Wso2Error `unexpected-answer` when the body is not what the schema says */
  json<T>(request: Request, schema: z.ZodType<T>): Promise<T>;
  text(request: Request): Promise<string>;
  /** The answer's body is of no interest. */
  done(request: Request): Promise<void>;
  /** Deletes; what is gone already counts as done, so that a repetition is no failure. */
  gone(request: Omit<Request, 'method'>): Promise<void>;
  /** The items of a list, all pages. */
  all<T>(request: Omit<Request, 'method'>, item: z.ZodType<T>): Promise<T[]>;
}

const PAGE = 50;

export function rest(send: Send): Rest {
  async function json<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
    return parsed(request, await send(request), schema);
  }
  return {
    json,
    text: async (request) => (await send(request)).body.toString('utf8'),
    async done(request) {
      await send(request);
    },
    async gone(request) {
      await absentAsNull(send({ ...request, method: 'DELETE' }));
    },
    async all<T>(request: Omit<Request, 'method'>, item: z.ZodType<T>) {
      const page = z.looseObject({
        list: z.array(item).nullish(),
        pagination: z.looseObject({ total: z.number().nullish() }).nullish(),
      });
      const items: T[] = [];
      for (;;) {
        const query = { ...request.query, limit: PAGE, offset: items.length };
        const { list, pagination } = await json({ ...request, method: 'GET', query }, page);
        items.push(...(list ?? []));
        // A server may cap `limit`: believe its total, and only without one the length of the page.
        const more = pagination?.total ? items.length < pagination.total : (list?.length ?? 0) === PAGE;
        if (!more || !list?.length) return items;
      }
    },
  };
}

function parsed<T>(request: Request, answer: Answer, schema: z.ZodType<T>): T {
  const { method, path } = request;
  const where = `${method} ${path}: the answer (${answer.status})`;
  const details = { method, path, status: answer.status };
  let body: unknown;
  try {
    body = JSON.parse(answer.body.toString('utf8'));
  } catch {
    const message = `${where} is not JSON. Check that the address is the server itself, not a portal or proxy.`;
    throw new Wso2Error('unexpected-answer', message, details);
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  // A 202 carries a workflow instead of what was asked for.
  if (answer.status === 202) {
    const message = `${where} says that an approval is pending. Approve it in the Admin Portal, or switch that workflow off.`;
    throw new Wso2Error('unexpected-answer', message, details);
  }
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  throw new Wso2Error('unexpected-answer', `${where} is not as documented: ${faults}.`, details);
}

/** Null when what was asked for does not exist. */
export async function absentAsNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Wso2Error && error.code === 'not-found') return null;
    throw error;
  }
}

export function jsonBody(value: unknown): Body {
  return {
    type: 'application/json',
    content: JSON.stringify(value),
    // Only when something goes wrong does anybody ask.
    get secrets() {
      return secretsIn(value);
    },
  };
}

export function formBody(fields: Record<string, string>): Body {
  return { type: 'application/x-www-form-urlencoded', content: new URLSearchParams(fields).toString() };
}

/** One part of a multipart body: a plain field, or a file with its name and media type. */
export type Part = string | { filename: string; type: string; content: string };

/** The whole body at once, no stream: it may have to be sent again. */
export function multipartBody(parts: Record<string, Part>): Body {
  const form = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') form.append(name, part);
    else form.append(name, part.content, { filename: part.filename, contentType: part.type });
  }
  return { type: `multipart/form-data; boundary=${form.getBoundary()}`, content: form.getBuffer() };
}

/** One segment of a path, whatever characters an id holds. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}
