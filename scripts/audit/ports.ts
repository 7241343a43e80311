import { connect } from 'node:net';
import { type Address, counterpart, isLoopback } from './addresses.ts';
import { withoutAnswer } from './ask-doors.ts';
import type { AuditedServer, Finding, Question, Verdict } from './finding.ts';
import { rowQuestion } from './row-question.ts';
import type { Answer, Stranger } from './stranger.ts';

/** A port that the product opens beside the one that the command line names. */
interface Port extends Question {
  /** With an offset of 0. */
  port: number;
  /** Asked by a GET of this path; without it a connection is made and ended. */
  path?: string;
  /** Shut by binding it to loopback, where it still answers on the server's own machine. */
  bound?: true;
}

const port = (server: AuditedServer, number: number, key: string, subject: string): Port => ({
  ...rowQuestion(server, key, { question: `port-${number}`, subject }),
  port: number,
});

const closedByPolicy = (server: AuditedServer, number: number, subject: string, consequence: string): Port => ({
  server,
  port: number,
  question: `port-${number}`,
  subject,
  severity: 'medium',
  consequence,
  cure: 'no key of deployment.toml closes it: close it by a firewall or a NetworkPolicy',
  by: 'asking',
});

const jmx = 'the Java VM can be managed from outside, by RMI';
const jmxRow = 'monitoring.jmx.rmi_server_start';

/** What was seen listening at API Manager 4.6.0 and Identity Server 7.1.0. */
export const ports: readonly Port[] = [
  {
    ...port('api-manager', 9763, 'transport.http.properties.address', 'management without TLS'),
    path: '/services/Version',
    bound: true,
  },
  { ...port('api-manager', 5672, 'broker.transport.amqp.bind_address', 'events without TLS (AMQP)'), bound: true },
  port('api-manager', 8672, 'broker.transport.amqp.ssl_connection.enabled', 'events with TLS (AMQP)'),
  port('api-manager', 9999, jmxRow, 'JMX registry'),
  port('api-manager', 11_111, jmxRow, 'JMX server'),
  port('api-manager', 9099, 'apim.ws.enable', 'WebSockets without TLS'),
  port('api-manager', 8021, 'apim.webhooks.https.enable', 'WebSub with TLS'),
  port('api-manager', 8099, 'apim.wss.enable', 'WebSockets with TLS'),
  closedByPolicy('api-manager', 9611, 'events without TLS (data bridge)', 'events of the gateway travel in clear'),
  closedByPolicy('api-manager', 9021, 'WebSub without TLS', 'callbacks of APIs that nobody has are served in clear'),
  { ...port('gateway', 8280, 'transport.passthru_http.listener.enable', 'APIs without TLS'), path: '/services' },
  {
    ...port('identity-server', 9763, 'transport.http.enabled', 'everything without TLS'),
    path: '/oauth2/token/.well-known/openid-configuration',
  },
  closedByPolicy('identity-server', 10_711, 'Thrift', 'a protocol that nobody uses here is served'),
  closedByPolicy('identity-server', 9999, 'JMX registry', jmx),
  closedByPolicy('identity-server', 11_111, 'JMX server', jmx),
];

/** Tries the other ports of a server, as far as the named one shows where they are. */
export async function askPorts(address: Address, stranger: Stranger): Promise<Finding[]> {
  return Promise.all(
    ports
      .filter(({ server }) => server === address.server)
      .map(async ({ port, path, bound, ...question }) => {
        const url = counterpart(address, 'http', port);
        if (url === undefined) return { ...question, standing: 'cannot tell', found: notTheProducts(address) };
        const answer = path === undefined ? await touch(url) : await stranger.ask({ url: url + path });
        return { ...question, ...verdict(answer, new URL(url).port, bound === true && isLoopback(address)) };
      }),
  );
}

const notTheProducts = ({ port }: Address) =>
  `${port} is no port of the product's, so that nothing says where this one is`;

function verdict(answer: Answer | 'listens', number: string, mayBeBound: boolean): Verdict {
  if (answer !== 'listens' && answer.kind !== 'answered') return withoutAnswer(answer);
  const found = answer === 'listens' ? `${number} accepts connections` : `${number} answers ${answer.status}`;
  const location = answer === 'listens' ? undefined : answer.headers.location;
  if (location?.startsWith('https:')) return { standing: 'cannot tell', found: `${found}, sent on to TLS` };
  if (mayBeBound) return { standing: 'cannot tell', found: `${found} on loopback: ask from another machine` };
  return { standing: 'open', found };
}

/** Milliseconds. */
const patience = 5000;

/** Connects, says nothing, and hangs up. */
function touch(url: string): Promise<'listens' | Exclude<Answer, { kind: 'answered' }>> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    const end = (answer: Awaited<ReturnType<typeof touch>>) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience, () => end({ kind: 'no answer', code: 'time-out' }));
    socket.once('connect', () => end('listens'));
    socket.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) =>
      end(code === 'ECONNREFUSED' ? { kind: 'nothing listens' } : { kind: 'no answer', code }),
    );
  });
}
