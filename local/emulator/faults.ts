import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { matchesTemplate } from './path-template.ts';
import { kindOf, pathOf, type RequestLogEntry } from './request-log.ts';

/** What goes wrong with a call. */
export type Effect =
  /** Answered with this status, and not handled: a server or proxy that is overloaded. */
  | { status: number; body?: object }
  /** The connection is cut: before the call is handled, or when it has been, in place of the answer. */
  | { reset: 'before' | 'after' }
  /** Handled this much later. */
  | { latencyMs: number };

/** Which calls an effect strikes; a member that is not there fits every call. */
export interface Fault {
  method?: string;
  /** A path or a template such as `/api/am/publisher/v4/apis/{apiId}/revisions`; a final `*` is everything below. */
  path?: string;
  /** Whether the call could change declared state, by the rule of the request log. */
  kind?: RequestLogEntry['kind'];
  /** The first of the fitting calls that is struck; the next one is 1, which is the default. */
  call?: number;
  /** How many matching calls in a row fail. Default: 1; `Infinity` for all from then on. */
  times?: number;
  effect: Effect;
}

/** A call that was struck. */
export interface Strike {
  method: string;
  path: string;
  fault: Fault;
}

/** The faults of one server, which may change while it runs. */
export interface Faults {
  /** Puts these in place of all that were there; counting starts again. No faults: an honest server. */
  set(faults: readonly Fault[]): void;
  /** What has been struck since the last `set`, oldest first. */
  readonly strikes: readonly Strike[];
  /** Called, and waited for, as a call is struck: for tests that end the caller's process at just this moment. */
  onStrike: ((strike: Strike) => unknown) | undefined;
}

interface Armed extends Faults {
  /** The faults that strike this call; it is counted. */
  take(server: RequestLogEntry['server'], method: string, path: string): Fault[];
  struck(strike: Strike): Promise<void>;
}

/** Faults for a server, which is given them when it is started; one set may be shared by several servers. */
export function openFaults(initial: readonly Fault[] = []): Faults {
  let armed: { fault: Fault; seen: number }[] = [];
  let strikes: Strike[] = [];
  const set = (faults: readonly Fault[]) => {
    armed = faults.map((fault) => ({ fault, seen: 0 }));
    strikes = [];
  };
  set(initial);
  const faults: Armed = {
    set,
    get strikes() {
      return strikes;
    },
    onStrike: undefined,
    take(server, method, path) {
      const fitting = armed.filter(({ fault }) => fits(fault, server, method, path));
      for (const entry of fitting) entry.seen += 1;
      return fitting
        .filter(({ fault: { call = 1, times = 1 }, seen }) => seen >= call && seen < call + times)
        .map(({ fault }) => fault);
    },
    async struck(strike) {
      strikes.push(strike);
      await faults.onStrike?.(strike);
    },
  };
  return faults;
}

/** Handles requests as `listener` does, but for what the faults strike. */
export function withFaults(
  faults: Faults,
  server: RequestLogEntry['server'],
  listener: RequestListener,
): RequestListener {
  const armed = faults as Armed;
  return (request, response) => {
    const { method = 'GET' } = request;
    const path = pathOf(request);
    const striking = armed.take(server, method, path);
    if (striking.length === 0) return listener(request, response);
    void strike(striking).catch((error: unknown) => request.socket.destroy(error as Error));

    async function strike(remaining: readonly Fault[]): Promise<void> {
      const [fault, ...others] = remaining;
      if (fault === undefined) return void listener(request, response);
      const { effect } = fault;
      if ('reset' in effect && effect.reset === 'after') {
        cutInPlaceOfAnswer(response, () => armed.struck({ method, path, fault }));
        return strike(others);
      }
      await armed.struck({ method, path, fault });
      if ('reset' in effect) request.socket.destroy();
      else if ('status' in effect) await refuse(request, response, effect);
      else {
        // If the server is closed meanwhile, closing must not wait for a response that no client gets.
        await after(effect.latencyMs, undefined, { ref: false });
        await strike(others);
      }
    }
  };
}

function fits(fault: Fault, server: RequestLogEntry['server'], method: string, path: string): boolean {
  return (
    (fault.method ?? method) === method &&
    (fault.path === undefined || matchesTemplate(fault.path, path)) &&
    (fault.kind === undefined || fault.kind === kindOf(server, method, path))
  );
}

async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body = {} }: { status: number; body?: object },
) {
  // A connection whose request was not read to its end cannot be used again.
  for await (const _ of request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Whatever the handler says, its first byte is the end of the connection; by then the call has had its effect. */
function cutInPlaceOfAnswer(response: ServerResponse, struck: () => Promise<void>): void {
  let cut = false;
  const cutOnce = () => {
    if (!cut) void struck().finally(() => response.socket?.destroy());
    cut = true;
    return true;
  };
  response.write = cutOnce;
  response.end = () => {
    cutOnce();
    return response;
  };
}
