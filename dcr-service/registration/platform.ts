import type { RegisteredMetadata } from '../validation/registered-metadata.ts';
import type { BoundClient, ClientDifference } from './bound-client.ts';

/** A client as the authorisation server made it. */
export interface CreatedClient {
  readonly clientId: string;
  /**
   * Not used for authentication (recipients use private_key_jwt), but API Manager maps no client without it. Never stored, never returned.
   */
  readonly clientSecret: string | undefined;
}

/**
 * The OAuth clients of the authorisation server. Clients are known by a name that is made from the software_id. Every
 * call ends when `within` is aborted, and rejects with {@link PlatformError} and nothing else.
 */
export interface OAuthClients {
  /**
   * Creates the client afresh: one of that name that a crash has left behind goes first.
   *
   * @param clientId of a client that is lost and made again; without it the server gives one.
   */
  create(name: string, metadata: RegisteredMetadata, within: AbortSignal, clientId?: string): Promise<CreatedClient>;
  /**
   * Why a client of this software product cannot be known by `name`: the rest of a sentence that starts with its
   * software_id. To be asked before anything is made; undefined when it can.
   */
  nameComplaint?(name: string, softwareId: string): string | undefined;
  find(clientId: string, within: AbortSignal): Promise<CreatedClient | undefined>;
  /** Registers all members again; what {@link bind} does has to be done after it. */
  update(clientId: string, name: string, metadata: RegisteredMetadata, within: AbortSignal): Promise<void>;
  /**
   * Gives the client what registration itself cannot: the scopes of its statement that are offered, no others, and its redirect URIs
   * as they are. May be repeated. A client that keeps other redirect URIs is an error.
   *
   * @param client `fresh`: it was just created, and has no scopes yet.
   */
  bind(
    client: { readonly clientId: string; readonly fresh: boolean },
    metadata: RegisteredMetadata,
    within: AbortSignal,
  ): Promise<BoundClient>;
  /** In which ways the client is not what it should be; changes nothing. Undefined when there is no client. */
  inspect(
    clientId: string,
    metadata: RegisteredMetadata,
    within: AbortSignal,
  ): Promise<readonly ClientDifference[] | undefined>;
  /** Removes the client of that name, and so its tokens. None there is a success. */
  remove(name: string, within: AbortSignal): Promise<void>;
}

/** Where API Manager learns that the client may call our APIs. As to `within` and errors, see {@link OAuthClients}. */
export interface DeveloperPortal {
  /** Creates the application afresh: one of that name that a crash has left behind goes first. */
  createApplication(name: string, within: AbortSignal): Promise<{ readonly applicationId: string }>;
  mapKeys(applicationId: string, client: CreatedClient, within: AbortSignal): Promise<void>;
  /** Subscribes the application to every API that a recipient may call. */
  subscribe(applicationId: string, within: AbortSignal): Promise<void>;
  /** Whether there is an application of that name, with the client's keys and subscribed to every API. */
  isWhole(name: string, clientId: string, within: AbortSignal): Promise<boolean>;
  /** Removes the application of that name with its keys and subscriptions. None there is a success. */
  removeApplication(name: string, within: AbortSignal): Promise<void>;
}

export interface Platform {
  readonly oauthClients: OAuthClients;
  readonly developerPortal: DeveloperPortal;
}

/**
 * What became of a call that failed. `none`: it never reached the server. `over`: the server answered; what it did, it
 * has done. `unknown`: there was no answer, and the server may do it yet.
 */
export type Effect = 'none' | 'over' | 'unknown';

/** A server that we need did not do what we asked. `away`: it may do so later; `refused`: an operator has to look. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly server: string;
  readonly reason: 'away' | 'refused';
  readonly effect: Effect;
  /** The server is well, and has not what it was asked to change. */
  readonly gone: boolean;

  constructor(
    server: string,
    reason: 'away' | 'refused',
    message: string,
    {
      effect = 'over',
      gone = false,
      ...options
    }: ErrorOptions & { readonly effect?: Effect; readonly gone?: boolean } = {},
  ) {
    super(message, options);
    this.server = server;
    this.reason = reason;
    this.effect = effect;
    this.gone = gone;
  }
}
