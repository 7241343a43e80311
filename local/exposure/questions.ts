import { isOneOf } from '../verification/version.ts';
import { apiManagerPaths, gatewayPaths } from './api-manager-paths.ts';
import { type Door, doors, type Expected, type ExposedPath, type Identity, identities } from './exposed-path.ts';
import { identityServerPaths } from './identity-server-paths.ts';

/** One path at one door as one identity. */
export interface Question extends Pick<ExposedPath, 'path' | 'method' | 'form' | 'body'> {
  door: Door;
  identity: Identity;
  expected: Expected;
  /** Whether an answer that lets in has to be kept from strangers by the edge. */
  edge: boolean;
}

export interface ServerVersions {
  apiManager: string;
  identityServer: string;
}

/** Every path of these versions, as it is and by the name of the tenant, at every door that its server has, as every identity. */
export function questions({ apiManager, identityServer }: ServerVersions): Question[] {
  const ofApiManager = apiManagerPaths.filter((row) => isOneOf(row, apiManager));
  const ofIdentityServer = identityServerPaths.filter((row) => isOneOf(row, identityServer));
  return doors.flatMap((door) => {
    if (door.startsWith('identity server')) return ofIdentityServer.flatMap((row) => asked(door, row));
    const own = door === 'gateway' ? gatewayPaths : [];
    return [...ofApiManager.flatMap((row) => asked(door, row)), ...own.flatMap((row) => everybody(door, row))];
  });
}

function asked(door: Door, row: ExposedPath): Question[] {
  // Nothing of management is at the gateway.
  const here = door === 'gateway' ? { ...row, expected: atGateway(row), but: {} } : row;
  // API Manager fails at some of what begins with a tenant's address (4.6.0), at the gateway at all of it: nothing is reached.
  const elsewhere = ['refused', 'login', ...(door.startsWith('identity server') ? [] : [500])] as const;
  const orElsewhere = (expected: Expected): Expected => [expected, elsewhere].flat();
  const byTenant = {
    ...here,
    path: `/t/carbon.super${row.path}`,
    expected: orElsewhere(here.expected),
    but: Object.fromEntries(Object.entries(here.but ?? {}).map(([who, expected]) => [who, orElsewhere(expected)])),
  };
  return [here, ...(row.path.startsWith('/t/') ? [] : [byTenant])].flatMap((one) => everybody(door, one));
}

/** Its root answers an empty page to who has a certificate; it fails at another tenant's address. */
function atGateway({ path }: ExposedPath): Expected {
  if (path === '/') return ['page', 'refused'];
  return path.startsWith('/t/') ? ['refused', 500] : 'refused';
}

function everybody(door: Door, { path, method, form, body, expected, but, edge }: ExposedPath): Question[] {
  return identities.map((identity) => ({
    path,
    ...(method && { method }),
    ...(form && { form }),
    ...(body && { body }),
    door,
    identity,
    expected: isStopped(door, identity) ? 'no connection' : (but?.[identity] ?? expected),
    edge: edge ?? false,
  }));
}

/** Who does not come as far as to name a path. */
function isStopped(door: Door, identity: Identity): boolean {
  if (door.endsWith('without TLS')) return true;
  // A listener that asks for certificates ends the handshake of one that no CA of the CDR has issued; the gateway's wants one.
  if (identity === 'a certificate of another CA') return door !== 'management';
  return identity === 'nobody' && door === 'gateway';
}
