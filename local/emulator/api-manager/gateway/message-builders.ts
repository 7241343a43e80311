import type { IncomingMessage } from 'node:http';
import type { ServerHome } from '../../server-home.ts';

interface CustomEntry {
  content_type?: string;
}

/**
 * Returns what deployment.toml lacks for a request's body to be read, or undefined. Axis2 has builders and formatters for
 * the usual content types; `application/jwt` has to be declared (`[[custom_message_builders]]` and
 * `[[custom_message_formatters]]`). Without them the body is taken for XML, and reading it fails [I].
 */
export function openMessageBuilders(home: ServerHome): (request: IncomingMessage) => string | undefined {
  const missing = ['custom_message_builders', 'custom_message_formatters'].filter((table) => {
    const entries = home.setting<CustomEntry[]>(table) ?? [];
    return !entries.some(({ content_type }) => content_type === 'application/jwt');
  });
  return ({ headers }) => {
    const contentType = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (contentType !== 'application/jwt' || !hasBody || missing.length === 0) return undefined;
    return `Error while building message: application/jwt is in no [[${missing.join(']] and no [[')}]] of deployment.toml`;
  };
}
