import type { Exchange } from './recording.ts';
import type { AskedServer, Servers } from './servers.ts';

/** The headers that say something about a product; the others say something about an installation. */
const KEPT_HEADERS = ['content-type', 'location', 'www-authenticate'];

/** Members with secret or identifying values, at any depth; masks and empty texts are facts, and stay. */
const SECRET_MEMBER = /secret|password|token$|assertion|credential|^(client_?id|consumerKey|code|jti|jsonString)$/i;
const PLAIN = ['', '*****', '<secret>', '<file>'];

/** Lists in which a server in use shows what others made: of that, the shape is kept. */
const LISTS = ['list', 'Resources', 'apiResources'];
const HOST_MEMBER = /^v?host$/;

const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const AUTHORITY = /(\w+:\/\/)([^/\s"'<>]+)/g;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?|\b1[6-9]\d{8}(\d{3})?\b/g;
/** In the path of a registration. */
const CLIENT_ID = /(\/register\/)[^/?]+/;
const SOAP_SECRET = /(<(?:\w+:)?(?:credential|newCredential)>)[^<]*/g;

/** A value that is known to stand in an exchange, and what takes its place. */
type Known = [value: string, placeholder: string];

/**
 * The exchanges without secrets, tokens, cookies, hosts, times and ids; the same id gets the same placeholder, so that one
 * still sees what is what. Rules first and then, of what was used in this session, every value that is known: should a
 * rule have missed one, it is gone all the same.
 */
export function redacted(exchanges: readonly Exchange[], servers: Servers, names: readonly string[]): Exchange[] {
  const knownAccounts = accounts(servers).flatMap(({ username, password }, index): Known[] => [
    [password, '<secret>'],
    ...(username.length > 5 ? [[username, `<user-${index + 1}>`] as Known] : []),
  ]);
  // Below which path SOAP services are is a stack's secret; a recording has them where the product ships them.
  const { servicePath } = servers.apiManager ?? {};
  if (servicePath !== undefined) knownAccounts.push([servicePath, 'services']);
  const knownNames = names.map((name, index): Known => [name, `<name-${index + 1}>`]);
  const ids = new Map<string, string>();
  const isOurs = (element: unknown) => names.some((name) => JSON.stringify(element).includes(name));

  const withoutKnown = (value: string, values: readonly Known[]) =>
    values.reduce((rest, [secret, placeholder]) => rest.replaceAll(secret, placeholder), value);
  const ruled = (value: string): string =>
    value
      .replace(SOAP_SECRET, '$1<secret>')
      .replace(JWT, '<jwt>')
      .replace(AUTHORITY, (_, scheme, authority) => scheme + hostName(authority, servers))
      .replace(UUID, (id) => {
        const placeholder = ids.get(id) ?? `<id-${ids.size + 1}>`;
        ids.set(id, placeholder);
        return placeholder;
      })
      .replace(TIME, '<time>');
  const text = (value: string) => withoutKnown(ruled(value), [...knownAccounts, ...knownNames]);
  // A password stands in no path, but the path of the Admin API is spelt like the password of many a test server.
  const pathText = (path: string) =>
    withoutKnown(
      ruled(path.replace(/((?:client_name|filter|query)=)[^&]*/g, '$1<query>').replace(CLIENT_ID, '$1<client>')),
      knownNames,
    );

  const value = (found: unknown, member = ''): unknown => {
    if (Array.isArray(found)) {
      return found.map((element) =>
        LISTS.includes(member) && !isOurs(element) ? othersShape(element) : value(element, member),
      );
    }
    if (typeof found === 'object' && found !== null) {
      return Object.fromEntries(Object.entries(found).map(([name, inner]) => [text(name), value(inner, name)]));
    }
    if (typeof found === 'number') return found > 1_600_000_000 ? '<time>' : found;
    if (typeof found !== 'string') return found;
    if (HOST_MEMBER.test(member)) return '<host>';
    return SECRET_MEMBER.test(member) && !PLAIN.includes(found) ? '<secret>' : text(found);
  };

  return exchanges.map(({ sent, headers, body, path, ...rest }) => ({
    ...rest,
    path: pathText(path),
    ...(sent === undefined ? {} : { sent: value(sent) }),
    headers: Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, text(headers[name])]])),
    ),
    ...(body === undefined || body === '' ? {} : { body: value(body) }),
  }));
}

/** The same members, with nothing in them. */
function othersShape(element: unknown): unknown {
  if (Array.isArray(element)) return element.map(othersShape);
  if (typeof element === 'string') return '<other>';
  if (typeof element !== 'object' || element === null) return element;
  return Object.fromEntries(Object.entries(element).map(([name, inner]) => [name, othersShape(inner)]));
}

function accounts({ apiManager, identityServer }: Servers) {
  return [apiManager, identityServer].flatMap((server) => (server === undefined ? [] : [server.account]));
}

function hostName(authority: string, { apiManager, identityServer }: Servers): string {
  const isOf = (server: AskedServer | undefined) => server !== undefined && authority === new URL(server.url).host;
  if (isOf(apiManager)) return '<api-manager>';
  if (isOf(identityServer)) return '<identity-server>';
  // One of our own sample names, which discloses nothing: kept, because it shows that a server stores the name unchanged.
  return /^(localhost:1|[\w.-]+\.example)$/.test(authority) ? authority : '<host>';
}
