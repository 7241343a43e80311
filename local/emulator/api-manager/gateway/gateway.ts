import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RequestLog } from '../../request-log.ts';
import type { ServerHome } from '../../server-home.ts';
import { axis2Answer } from '../axis2-services.ts';
import type { Doors } from '../doors.ts';
import { readApiTemplate } from './api-template.ts';
import { certificateForwarding } from './client-certificate.ts';
import { answer, type Gateway } from './exchange.ts';
import { openFailureSequences } from './failure-sequences.ts';
import { createListener, listen } from './listener.ts';
import { openMessageBuilders } from './message-builders.ts';
import { openOutboundTls } from './outbound-tls.ts';
import { createPlainListener } from './plain-listener.ts';
import type { GatewayRuntime } from './runtime.ts';
import { openTokenKeys } from './token-keys.ts';

export interface GatewayOptions {
  home: ServerHome;
  /** Default: shut. */
  doors?: Pick<Doors, 'servicePath' | 'hidesServiceList' | 'lockedServices' | 'plainGateway'>;
  runtime: GatewayRuntime;
  requestLog: RequestLog;
  logger: Logger;
}

/**
 * Starts the gateway of API Manager: TLS on 8243 plus `[server] offset`, the deployed APIs behind it, and SOAP services beside them;
 * without TLS on 8280 where deployment.toml leaves that open.
 * Configuration, stores and templates are read now and never again.
 * Throws, before it listens, for a template or setting that it cannot honour, and when the port is in use.
 */
export async function startGateway(options: GatewayOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { home, doors, runtime, requestLog, logger } = options;
  const handlers = readApiTemplate(home.file('repository', 'resources', 'api_templates', 'velocity_template.xml'));
  const listener = createListener(home);
  const agent = openOutboundTls(home);
  const forwarding = certificateForwarding(home, listener.trust);
  const gateway: Gateway = {
    runtime,
    handlers,
    forwarding,
    finished: openFailureSequences(home, forwarding.header),
    tokens: {
      runtime,
      keys: openTokenKeys(agent),
      certificateBound: home.setting('apim.oauth_config.enable_certificate_bound_access_token') === true,
      log: (reason, cause) => logger.warn({ ...(cause === undefined ? {} : { cause: String(cause) }) }, reason),
    },
    outboundAuthorization: home.setting('apim.oauth_config.enable_outbound_auth_header') === true,
    missingBuilder: openMessageBuilders(home),
    agent,
    logger,
  };

  listener.server.on('request', (request, response) => {
    const { method = 'GET', url = '/' } = request;
    response.once('finish', () => {
      requestLog.append({ server: 'gateway', method, path: url, status: response.statusCode });
    });
    if (answeredByAxis2(request, response)) return;
    answer(gateway, request, response).catch((cause) => {
      logger.error({ cause: String(cause) }, 'an answer broke off');
      response.destroy();
    });
  });
  // Scanners, plain HTTP, certificates that are not trusted: no answer, one line.
  listener.server.on('tlsClientError', (cause) => logger.info({ cause: cause.message }, 'handshake refused'));
  const plain = { server: createPlainListener(runtime, answeredByAxis2), port: listener.port - 8243 + 8280 };
  await listen(listener, home);
  if (doors?.plainGateway) {
    await listen(plain, home).catch((cause) => {
      listener.server.close();
      agent.destroy();
      throw cause;
    });
  }

  return {
    port: listener.port,
    async close() {
      plain.server.close().closeAllConnections();
      const closed = new Promise<void>((resolve) => listener.server.close(() => resolve()));
      listener.server.closeIdleConnections();
      // Requests that are being answered get a moment, no more.
      await Promise.race([closed, after(500, undefined, { ref: false })]);
      listener.server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };

  function answeredByAxis2({ method = 'GET', url = '/' }: IncomingMessage, response: ServerResponse): boolean {
    const own = doors && axis2Answer(doors, 'gateway', method, url);
    if (own) response.writeHead(own.status, { 'content-type': own.contentType }).end(own.body);
    return own !== undefined;
  }
}
