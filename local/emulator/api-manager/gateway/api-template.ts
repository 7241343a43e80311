import { readFileSync } from 'node:fs';

/**
 * What handles a request to an API, in this order. `standard` stands for what API Manager itself puts into every API at
 * the template's `#foreach( $handler in $handlers )`: authentication, then the operation's policies.
 */
export type Handler = 'standard' | 'mutual-ssl-certificate';

const HANDLERS_BY_CLASS: Record<string, Handler> = {
  'org.wso2.carbon.apimgt.gateway.handlers.common.MutualSSLCertificateHandler': 'mutual-ssl-certificate',
};

const TOKEN =
  /<handler\s[^>]*?class="([^"]*)"[^>]*>|#(foreach|if|macro|end)\b(?:\s*\(\s*(\$handler\s+in\s+\$handlers)?)?/g;

/**
 * Reads the handlers out of the API template (`velocity_template.xml`). Only what every API gets counts: a handler
 * inside an `#if` is for APIs with a feature that the emulator does not have. Throws if the template has no handlers, or one that the
 * emulator cannot run: an emulator that skips what the real gateway would do is worse than no emulator.
 */
export function readApiTemplate(file: string): Handler[] {
  const template = readFileSync(file, 'utf8').replace(/<!--[\s\S]*?-->/g, '');
  const block = /<handlers xmlns="http:\/\/ws\.apache\.org\/ns\/synapse">([\s\S]*?)<\/handlers>/.exec(template)?.[1];
  if (block === undefined)
    throw new Error(`${file} has no <handlers xmlns="http://ws.apache.org/ns/synapse"> element.`);

  const handlers: Handler[] = [];
  let depth = 0;
  for (const [, className, directive, overHandlers] of block.matchAll(TOKEN)) {
    if (directive === 'end') depth -= 1;
    else if (directive !== undefined) {
      if (depth === 0 && overHandlers !== undefined) handlers.push('standard');
      depth += 1;
    } else if (depth === 0 && className !== undefined) handlers.push(handlerOf(className, file));
  }
  if (!handlers.includes('standard')) {
    throw new Error(`${file} has no '#foreach( $handler in $handlers )' in its <handlers>: no API would be protected.`);
  }
  return handlers;
}

function handlerOf(className: string, file: string): Handler {
  const handler = HANDLERS_BY_CLASS[className];
  if (handler !== undefined) return handler;
  throw new Error(
    `${file} names the handler ${className}, which the emulator cannot run (it can: ${Object.keys(HANDLERS_BY_CLASS).join(', ')}).`,
  );
}
