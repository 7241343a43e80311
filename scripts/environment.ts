import type { ApiManager, ApiManagerVersion, Call, Connect, Credentials, IdentityServer } from '@cdr-stack/wso2';
import type { DeclaredApi } from './declared-api.ts';
import type { KnownApi } from './known-api.ts';
import type { Ledger } from './ledger.ts';
import type { ClientCertificate } from './mutual-tls.ts';
import type { ServerOutputs } from './outputs-source.ts';
import type { ServiceUsers } from './service-users.ts';
import type { Settings } from './settings.ts';
import type { StackTrust } from './stack-trust.ts';

/** Each refused unless it was said. */
export interface Consent {
  /** `--adopt`: change objects of a declared name that bear no mark of ours. */
  readonly adopt: boolean;
  /** `--yes`: take away what others use. */
  readonly yes: boolean;
}

/** One API that is declared. */
export interface ProvisionedApi {
  /** As declared: OpenAPI, policies, endpoint. */
  readonly declared: DeclaredApi;
  /** As API Manager has it, read once and again after every write. */
  readonly api: KnownApi;
}

/** What a step for one API gets. */
export interface ApiEnvironment extends Environment, ProvisionedApi {}

/** One API Manager. Each of two instances has its own memory and its own gateway. */
export interface ApiManagerInstance {
  readonly name: string;
  readonly url: string;
  readonly gatewayUrl: string;
  readonly apiManager: ApiManager;
}

/** What every step gets: the servers, what is declared for them, and what earlier steps learnt. */
export interface Environment {
  readonly settings: Settings;
  readonly outputs: ServerOutputs;
  /** Any of them, where there are several: what is written to one is in the database of all. */
  readonly apiManager: ApiManager;
  /** Every one there is: what must be true of it by itself is asked of each. */
  readonly instances: readonly ApiManagerInstance[];
  readonly identityServer: IdentityServer;
  /** How connections to them are opened; undefined is TCP. */
  readonly connect: Connect | undefined;
  /** Called for each call that does not come from the clients. */
  readonly onCall: (call: Call) => void;
  readonly ledger: Ledger;
  /** Where Pulumi can bring another trust to the servers; undefined where trust is only looked at. */
  readonly stackTrust: StackTrust | undefined;
  /** What is known of this version of API Manager; asked once. */
  readonly product: () => Promise<ApiManagerVersion>;
  /** Types of key manager that API Manager offers; asked once. */
  readonly keyManagerTypes: () => Promise<string[]>;
  /** The `iss` of the Identity Server's tokens; asked once. */
  readonly issuer: () => Promise<string>;
  /** Whose objects are ours: the value of the mark that they bear. */
  readonly owner: string;
  /** What the caller has agreed to. */
  readonly consent: Consent;
  /** What a removal finds under a declared name and leaves, since it is not ours. */
  readonly left: Set<string>;
  /** The APIs that are declared as present. */
  readonly apis: readonly ProvisionedApi[];
  /** With what the key manager calls the Identity Server. */
  readonly connector: Credentials | undefined;
  /** The service users that call the servers instead of their administrators, if declared. */
  readonly serviceUsers: ServiceUsers | undefined;
  readonly residentKeyManager: Credentials | undefined;
  /** A recipient's certificate to probe the gateway with. */
  readonly probe: ClientCertificate | undefined;
  /** Seconds until a change must show everywhere; WSO2's own suite allows 180. */
  readonly settleSeconds: number;
  /** Whether servers that are starting are waited for; else that is a failure. */
  readonly wait: boolean;
  /** Seconds that servers get to start in. */
  readonly startSeconds: number;
}
