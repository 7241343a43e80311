import type { Doors } from './doors.ts';

/** What SOAP services answer. */
export interface Axis2Answer {
  status: number;
  contentType: string;
  body: string;
}

/** Services that serve their WSDL to everybody; the others answer 403 to that, and authenticate their calls. */
const outspoken = ['AuthenticationAdmin', 'PackageInfoService', 'Version', 'echo'];
const known = [
  ...outspoken,
  'RemoteUserStoreManagerService',
  'UserAdmin',
  'ServerAdmin',
  'RestApiAdmin',
  'OAuthAdminService',
];

const xml = 'text/xml; charset=UTF-8';
const of = (status: number, body = '', contentType = xml): Axis2Answer => ({ status, contentType, body });
const description = of(200, '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"/>');
const fault = of(
  500,
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>Access Denied.</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>',
);

/**
 * The responses of management's SOAP services (4.6.0) to anonymous callers; those to accounts are elsewhere. Undefined if the path is not
 * theirs.
 *
 * @param at the gateway lists them to everybody by default; the management listener does not.
 */
export function axis2Answer(
  { servicePath, hidesServiceList, lockedServices }: Pick<Doors, 'servicePath' | 'hidesServiceList' | 'lockedServices'>,
  at: 'gateway' | 'management',
  method: string,
  url: string,
): Axis2Answer | undefined {
  const [path = '', query] = url.split('?');
  if (path !== `/${servicePath}` && !path.startsWith(`/${servicePath}/`)) return undefined;
  const service = path.slice(servicePath.length + 2);
  if (service === '') {
    if (at === 'management') return of(path.endsWith('/') ? 405 : 500);
    return hidesServiceList ? of(403) : of(200, `<html><body>${known.join(' ')}</body></html>`, 'text/html');
  }
  if (!known.includes(service)) return of(404);
  if (lockedServices.includes(service)) return of(401);
  if (method === 'POST') return fault;
  if (query === 'wsdl') return outspoken.includes(service) ? description : of(403);
  return service === 'Version'
    ? of(200, '<ns:getVersionResponse xmlns:ns="http://version.services.core.carbon.wso2.org"/>')
    : of(405);
}
