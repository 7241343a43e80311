import type { Duplex } from 'node:stream';

/** A *write* changes what the server has declared; registration of our own client, tokens, discovery and validation are reads. */
export type CallKind = 'read' | 'write';

/** One real round trip, repetitions and the token's included. `path` never carries a query; `status` is undefined when nothing was answered. */
export interface Call {
  method: string;
  path: string;
  status: number | undefined;
  kind: CallKind;
  ms: number;
}

/** A call that failed in passing and is about to be repeated. */
export interface Retry {
  method: string;
  path: string;
  /** A sentence, without secrets. */
  reason: string;
}

/** How often, and with what pauses, a call that may be repeated is repeated. */
export interface Patience {
  /** Repetitions after the first attempt. */
  retries: number;
  /** The first pause, in milliseconds; it doubles each time and is jittered by up to its own length. */
  minDelayMs: number;
  maxDelayMs: number;
}

/**
 * Opens a stream of bytes to a port of a host where a plain TCP connection cannot reach it, for example through the Kubernetes API. The
 * client runs TLS on top of it, with the host's own name, and reports what it throws as the reason.
 */
export type Connect = (host: string, port: number) => Promise<Duplex>;

/** How to reach one server. */
export interface ServerAccess {
  /** `https://host:port`; no user name, no query. */
  url: string;
  /** A PEM bundle that is trusted in addition to the system's roots. There is no way to trust without verifying. */
  ca?: string | undefined;
  /** How long one round trip may take, from name look-up to the last byte, in milliseconds. Default 30 000. */
  timeoutMs?: number | undefined;
  /** Awaited before each write; when it rejects, the write is not sent, and fails with that error. */
  beforeWrite?: (() => Promise<void>) | undefined;
  onCall?: ((call: Call) => void) | undefined;
  onRetry?: ((retry: Retry) => void) | undefined;
  /** What must not come back in a message of this server, though it is another's: passwords of other accounts, say. */
  secrets?: readonly string[] | undefined;
  /** Ends calls under way and refuses new ones. */
  signal?: AbortSignal | undefined;
  patience?: Partial<Patience> | undefined;
  /**
   * Of a caller who looks whether a creation has happened when its answer is lost. Creations then go over kept connections,
   * too, which saves a handshake for each; otherwise over new ones, which no server is closing just then. Default false.
   */
  looksForLostAnswers?: boolean | undefined;
  /** How many connections to open together with the first, for a caller who will ask that much at once. Default none. */
  spareConnections?: number | undefined;
  /** Default: a TCP connection. */
  connect?: Connect | undefined;
}

/** An account of the server: used for Basic authentication and for the token. */
export interface Credentials {
  username: string;
  password: string;
  /**
   * Of API Manager: the path of its SOAP services, without slashes, where that is a secret of the installation
   * (`[axis2_transport.parameter] servicePath`). Default `services`. Errors and reports show the default in its place.
   */
  servicePath?: string | undefined;
}

/** Whether a server does its work yet; a reason to wait is a sentence for a person. */
export type Readiness = { operational: true } | { operational: false; reason: string };
