import type { ServerHome } from '../server-home.ts';

/** What deployment.toml leaves open of the doors that are shipped open. */
export interface Doors {
  /** `[axis2_transport.parameter] servicePath`: below which path SOAP services are, at every listener. */
  servicePath: string;
  /** `[n_http] 'http.block_service_list'`: whether the gateway keeps the list of services to itself. */
  hidesServiceList: boolean;
  /** `[[admin_service.access_control]]`: the services that want an account. */
  lockedServices: readonly string[];
  /** `[apim.devportal] enable_anonymous_mode` */
  anonymousPortal: boolean;
  /** Whether anonymous callers can create accounts: assumed off if one of two switches is off. */
  selfSignUp: boolean;
  /** 9763, where management is served without TLS; undefined where only the machine itself reaches it. */
  plainManagement: boolean;
  /** 8280, where APIs are. */
  plainGateway: boolean;
  /** The sample applications whose web archives are in the home. */
  samples: readonly string[];
}

/** Defaults are those of 4.6.0. */
export function readDoors(home: ServerHome, hasFile: (file: string) => boolean): Doors {
  const is = (key: string) => home.setting<boolean>(key);
  const address = home.setting<string>('transport.http.properties.address');
  const webapps = (name: string) => home.file('repository', 'deployment', 'server', 'webapps', `am#sample#${name}#v1`);
  return {
    servicePath: home.setting<string>('axis2_transport.parameter.servicePath') ?? 'services',
    hidesServiceList: is('n_http.http.block_service_list') ?? false,
    lockedServices: (home.setting<ServiceRule[]>('admin_service.access_control') ?? [])
      .filter((rule) => rule.authentication_enabled)
      .map(({ name }) => name),
    anonymousPortal: is('apim.devportal.enable_anonymous_mode') ?? true,
    selfSignUp:
      (is('identity_mgt.user_self_registration.allow_self_registration') ?? true) &&
      (is('identity_mgt.endpoint.enable_self_signup_endpoint') ?? true),
    plainManagement: address !== '127.0.0.1' && address !== 'localhost',
    plainGateway: is('transport.passthru_http.listener.enable') ?? true,
    samples: ['calculator', 'pizzashack'].filter((name) => hasFile(webapps(name)) || hasFile(`${webapps(name)}.war`)),
  };
}

interface ServiceRule {
  name: string;
  authentication_enabled?: boolean;
}
