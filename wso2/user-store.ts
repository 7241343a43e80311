import type { Body, Request, Send } from './http.ts';

/** A user as the user store knows it. */
export interface StoredUser {
  username: string;
  /** Without `Internal/everyone`, which everybody has. */
  roles: string[];
  /** The id that the creator of the user chose (SCIM's `externalId`); undefined if not set. */
  externalId: string | undefined;
}

/**
 * API Manager's users. It serves no SCIM 2; this is the SOAP service that WSO2's own black-box suite uses. Every operation
 * needs an administrator. A write answers 202 whether it was done or not: read afterwards.
 */
export interface UserStoreClient {
  /** The user, or null if no user has that name. */
  find(username: string): Promise<StoredUser | null>;
  exists(username: string): Promise<boolean>;
  add(user: StoredUser & { password: string }): Promise<void>;
  setPassword(username: string, password: string): Promise<void>;
  changeRoles(username: string, change: { remove: readonly string[]; add: readonly string[] }): Promise<void>;
  setExternalId(username: string, externalId: string): Promise<void>;
  remove(username: string): Promise<void>;
}

const SERVICE = '/services/RemoteUserStoreManagerService';
const PROFILE = 'default';
/** The local claim behind SCIM's `externalId`, in API Manager's claim dialect as in Identity Server's. */
const EXTERNAL_ID = 'http://wso2.org/claims/externalid';

type Parameter = readonly [name: string, value: string | readonly Parameter[]];

/** @param authorization the Basic value of an administrator */
export function userStoreClient(send: Send, authorization: string): UserStoreClient {
  const call = async (operation: string, parameters: readonly Parameter[], more: Partial<Request> = {}) => {
    const { body } = await send({
      method: 'POST',
      path: SERVICE,
      soapOperation: operation,
      accept: 'text/xml',
      authorization,
      body: envelope(operation, parameters),
      ...more,
    });
    return valuesOf(body.toString('utf8'));
  };
  const ask = (operation: string, parameters: readonly Parameter[]) =>
    call(operation, parameters, { repetition: 'freely', asks: JSON.stringify([operation, parameters]) });
  const named = (username: string): Parameter => ['userName', username];

  return {
    exists: async (username) => (await ask('isExistingUser', [named(username)]))[0] === 'true',
    async find(username) {
      const [exists, roles, externalId] = await Promise.all([
        ask('isExistingUser', [named(username)]),
        // For an unknown user it returns Internal/everyone, so it does not prove that the user exists.
        ask('getRoleListOfUser', [named(username)]),
        // For an unknown user it is a fault, and a version may lack the claim: then the user bears no mark.
        ask('getUserClaimValue', [named(username), ['claim', EXTERNAL_ID], ['profileName', PROFILE]]).catch(() => []),
      ]);
      if (exists[0] !== 'true') return null;
      return {
        username,
        roles: roles.filter((role) => role !== 'Internal/everyone').sort(),
        externalId: externalId[0] || undefined,
      };
    },
    async add({ username, password, roles, externalId }) {
      const mark: Parameter[] =
        externalId === undefined
          ? []
          : [
              [
                'claims',
                [
                  ['claimURI', EXTERNAL_ID],
                  ['value', externalId],
                ],
              ],
            ];
      await call(
        'addUser',
        [
          named(username),
          ['credential', password],
          ...roles.map((role): Parameter => ['roleList', role]),
          ...mark,
          ['profileName', PROFILE],
          ['requirePasswordChange', 'false'],
        ],
        { secrets: [password] },
      );
    },
    async setPassword(username, password) {
      await call('updateCredentialByAdmin', [named(username), ['newCredential', password]], {
        repetition: 'freely',
        secrets: [password],
      });
    },
    async changeRoles(username, { remove, add }) {
      await call('updateRoleListOfUser', [
        named(username),
        ...remove.map((role): Parameter => ['deletedRoles', role]),
        ...add.map((role): Parameter => ['newRoles', role]),
      ]);
    },
    async setExternalId(username, externalId) {
      const value: Parameter[] = [
        ['claimURI', EXTERNAL_ID],
        ['claimValue', externalId],
        ['profileName', PROFILE],
      ];
      await call('setUserClaimValue', [named(username), ...value], { repetition: 'freely' });
    },
    async remove(username) {
      await call('deleteUser', [named(username)]);
    },
  };
}

function envelope(operation: string, parameters: readonly Parameter[]): Body {
  const elements = (prefix: string, some: readonly Parameter[]): string =>
    some
      .map(([name, value]) => {
        const content = typeof value === 'string' ? escaped(value) : elements('xsd', value);
        return `<${prefix}:${name}>${content}</${prefix}:${name}>`;
      })
      .join('');
  return {
    type: 'text/xml;charset=UTF-8',
    content:
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ser="http://service.ws.um.carbon.wso2.org" xmlns:xsd="http://common.mgt.user.carbon.wso2.org/xsd">' +
      `<soapenv:Header/><soapenv:Body><ser:${operation}>${elements('ser', parameters)}</ser:${operation}></soapenv:Body></soapenv:Envelope>`,
  };
}

/** The `return` elements of an answer; one that is nil has no text. */
const valuesOf = (xml: string): string[] =>
  [...xml.matchAll(/<(?:\w+:)?return(?:\s[^>]*)?(?:\/>|>([^<]*)<)/g)].map(([, value = '']) => unescaped(value));

const escaped = (text: string) => text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

const names: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const unescaped = (text: string) =>
  text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code, name) =>
    code === undefined ? (names[name] ?? whole) : String.fromCodePoint(Number(code)),
  );
