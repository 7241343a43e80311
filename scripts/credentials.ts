import type { Credentials } from '@cdr-stack/wso2';
import { isWellKnown } from '../programs/server-passwords.ts';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import { checkServiceUsers, defaultNames, type ServiceUser, type ServiceUsers } from './service-users.ts';

type Variables = Record<string, string | undefined>;

export interface ProvisioningCredentials {
  /** An administrator of API Manager. */
  apiManager: Credentials;
  /**
   * An account at the Identity Server: with service users the administrator that makes them, without them what API Manager's
   * key-manager connector calls it with. A plan does without.
   */
  connector?: Credentials | undefined;
  /** Sent to the resident key manager when declared. */
  residentKeyManager?: Credentials | undefined;
  /** Created, and used instead of the administrators. Undefined: service users are off, and the given accounts do everything. */
  serviceUsers?: ServiceUsers | undefined;
}

/** Both servers' administrator, as the stack has it. */
export interface StackCredentials {
  apiManager: Credentials;
  connector: Credentials;
  serviceUsers?: ServiceUsers | undefined;
}

/** One variable, or the content of the file that `NAME_FILE` names. */
export function readVariable(variables: Variables, name: string): string | undefined {
  const file = variables[`${name}_FILE`];
  const value = variables[name] ?? (file === undefined ? undefined : readFileOf(name, file).trimEnd());
  return value === '' ? undefined : value;
}

/** User name and password, both or neither. */
export function readPair(variables: Variables, prefix: string): Credentials | undefined {
  const username = readVariable(variables, `${prefix}_USERNAME`);
  const password = readVariable(variables, `${prefix}_PASSWORD`);
  if (username !== undefined && password !== undefined) return { username, password };
  if (username === undefined && password === undefined) return undefined;
  const missing = username === undefined ? 'USERNAME' : 'PASSWORD';
  throw new InvocationError(
    `${prefix}_${missing} (or ${prefix}_${missing}_FILE) is missing: user name and password go together.`,
  );
}

/**
 * Reads credentials from the environment: CDR_STACK_APIM_*, CDR_STACK_IS_*, CDR_STACK_RESIDENT_*, each as USERNAME and
 * PASSWORD, or as USERNAME_FILE and PASSWORD_FILE; and CDR_STACK_APIM_SERVICE_PATH, or ..._FILE. Never from the command line, which every user of the machine can read.
 *
 * @param ofStack stands in for those that are not set.
 */
export function readCredentials(variables: Variables, ofStack?: StackCredentials): ProvisioningCredentials {
  const apiManager = readPair(variables, 'CDR_STACK_APIM') ?? ofStack?.apiManager;
  if (!apiManager) {
    throw new InvocationError(
      "API Manager's credentials are missing: set CDR_STACK_APIM_USERNAME and CDR_STACK_APIM_PASSWORD (or ..._FILE).",
    );
  }
  const servicePath = readVariable(variables, 'CDR_STACK_APIM_SERVICE_PATH') ?? ofStack?.apiManager.servicePath;
  const connector = readPair(variables, 'CDR_STACK_IS') ?? ofStack?.connector;
  // Who gives both administrators decides about the other users as well.
  const serviceUsers = readServiceUsers(variables) ?? (lacksAccounts(variables) ? ofStack?.serviceUsers : undefined);
  if (serviceUsers) checkServiceUsers(serviceUsers, [apiManager, connector]);
  const residentKeyManager = readPair(variables, 'CDR_STACK_RESIDENT');
  return {
    apiManager: { ...apiManager, ...(servicePath !== undefined && { servicePath }) },
    connector,
    residentKeyManager,
    serviceUsers,
  };
}

/** All four or none: a mix of service users and the administrator is always a mistake. Names have defaults. */
function readServiceUsers(variables: Variables): ServiceUsers | undefined {
  const prefix = (user: string) => `CDR_STACK_${user.toUpperCase()}`;
  const users = Object.keys(defaultNames) as ServiceUser[];
  const account = (user: ServiceUser) => {
    const password = readVariable(variables, `${prefix(user)}_PASSWORD`);
    const username = readVariable(variables, `${prefix(user)}_USERNAME`) ?? defaultNames[user];
    return password === undefined ? undefined : { username, password };
  };
  const [publisher, subscriber, registration, connector] = [
    account('publisher'),
    account('subscriber'),
    account('registration'),
    account('connector'),
  ];
  if (publisher && subscriber && registration && connector) return { publisher, subscriber, registration, connector };
  const missing = users.filter((user) => account(user) === undefined);
  if (missing.length === users.length) return undefined;
  throw new InvocationError(
    `Service users go together: ${missing.map((user) => `${prefix(user)}_PASSWORD`).join(', ')} (or ..._FILE) is missing. Leave ` +
      'all four out to work as the administrators.',
  );
}

/** Whether the environment leaves something to ask the stack for. */
export function lacksCredentials(variables: Variables): boolean {
  return lacksAccounts(variables) || readVariable(variables, 'CDR_STACK_APIM_SERVICE_PATH') === undefined;
}

function lacksAccounts(variables: Variables): boolean {
  const lacks = (prefix: string) => readPair(variables, prefix) === undefined;
  return lacks('CDR_STACK_APIM') || lacks('CDR_STACK_IS');
}

/**
 * Refuses well-known passwords of any account, before anything is written.
 *
 * @throws {InvocationError} naming every such account; never the password.
 */
export function refuseShippedPasswords(credentials: ProvisioningCredentials): void {
  const { apiManager, connector, residentKeyManager, serviceUsers } = credentials;
  const accounts: Record<string, Credentials | undefined> = {
    'API Manager': apiManager,
    "the Identity Server's connector": connector,
    'the resident key manager': residentKeyManager,
    ...Object.fromEntries(
      Object.entries(serviceUsers ?? {}).map(([user, account]) => [`the service user ${user}`, account]),
    ),
  };
  const known = Object.keys(accounts).filter((owner) => isWellKnown(accounts[owner]?.password ?? ''));
  if (known.length === 0) return;
  throw new InvocationError(
    `The password for ${known.join(', ')} is one that WSO2 ships with, or documents. Change it there, or accept it with --allow-insecure-defaults.`,
  );
}
