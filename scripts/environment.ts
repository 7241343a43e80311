import type { ApiManager, Connect, Credentials, IdentityServer } from '@cdr-stack/wso2';
import type { StackOutputs } from '../programs/outputs.ts';
import type { DeclaredApi } from './declared-api.ts';
import type { KnownApi } from './known-api.ts';
import type { Ledger } from './ledger.ts';
import type { ClientCertificate } from './mutual-tls.ts';
import type { Settings } from './settings.ts';

/** What every step gets: the servers, what is declared for them, and what earlier steps learnt. */
export interface Environment {
  readonly settings: Settings;
  readonly outputs: StackOutputs;
  readonly apiManager: ApiManager;
  readonly identityServer: IdentityServer;
  /** How connections to them are opened; undefined is TCP. */
  readonly connect: Connect | undefined;
  readonly ledger: Ledger;
  /** Types of key manager that API Manager offers; asked once. */
  readonly keyManagerTypes: () => Promise<string[]>;
  /** The `iss` of the Identity Server's tokens; asked once. */
  readonly issuer: () => Promise<string>;
  /** The API as declared: OpenAPI, policy, endpoint. */
  readonly declared: DeclaredApi;
  /** The API as API Manager has it, read once and again after every write. */
  readonly api: KnownApi;
  readonly connector: Credentials | undefined;
  readonly residentKeyManager: Credentials | undefined;
  /** A recipient's certificate to probe the gateway with. */
  readonly probe: ClientCertificate | undefined;
  /** Seconds until a change must show everywhere; WSO2's own suite allows 180. */
  readonly settleSeconds: number;
  /** Seconds that servers get to start in. */
  readonly startSeconds: number;
}
