import type { Agent } from 'node:https';
import type { Connect } from './access.ts';

/** The code of an error that says why `connect` did not get to the host; its message is for a person. */
export const TUNNEL_FAILED = 'ETUNNEL';

/**
 * Makes the agent open its connections by `connect` and run TLS on top: to the host of the request, verified against that host, as if there
 * were nothing in between. Without `connect` the agent does not change.
 */
export function through(agent: Agent, connect: Connect | undefined): Agent {
  if (connect === undefined) return agent;
  const secure = agent.createConnection.bind(agent);
  agent.createConnection = (request, callback) => {
    const { host, port } = request;
    connect(host ?? '', Number(port)).then(
      (socket) => callback?.(null, secure({ ...request, ...{ socket } }) ?? socket),
      // The callback's type has no place for the absence of a stream.
      (error: unknown) => callback?.(tunnelFailed(error), undefined as never),
    );
    return undefined;
  };
  return agent;
}

/** The same for a connection that failed without a server being asked: nothing was sent, so that it can be tried again. */
function tunnelFailed(error: unknown): Error {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(message, { cause: error }), { code: TUNNEL_FAILED, syscall: 'connect' });
}
