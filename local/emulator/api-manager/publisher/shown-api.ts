import type { Api } from '../store.ts';
import { shownContext } from './api-context.ts';
import { withoutEndpointSecrets } from './endpoint-secrets.ts';

/** An API as the Publisher shows it: context without a trailing version, endpoint secrets emptied. */
export function shownApi({ object }: Pick<Api, 'object'>) {
  const { endpointConfig, ...rest } = object;
  return {
    ...rest,
    context: shownContext(object.context),
    // The server keeps lists as sets: plans come in the order of the alphabet, security schemes in one of its own.
    policies: object.policies.toSorted(),
    securityScheme: object.securityScheme.toSorted().reverse(),
    ...(endpointConfig === undefined ? {} : { endpointConfig: withoutEndpointSecrets(endpointConfig) }),
    additionalPropertiesMap: Object.fromEntries(
      object.additionalProperties.map((property) => [property.name, property]),
    ),
  };
}

/** An API as a list shows it: without the properties that are not for display. */
export function listedApi({ object }: Api) {
  const displayed = object.additionalProperties.filter(({ display }) => display);
  return {
    id: object.id,
    name: object.name,
    displayName: object.displayName ?? object.name,
    description: object.description ?? '',
    context: shownContext(object.context),
    additionalProperties: displayed,
    additionalPropertiesMap: Object.fromEntries(displayed.map((property) => [property.name, property])),
    version: object.version,
    provider: object.provider ?? '',
    type: object.type,
    lifeCycleStatus: object.lifeCycleStatus,
    hasThumbnail: object.hasThumbnail,
    securityScheme: object.securityScheme,
    createdTime: object.createdTime ?? '',
    updatedTime: object.lastUpdatedTime ?? '',
    updatedBy: 'wso2.system.user',
    gatewayVendor: object.gatewayVendor,
    gatewayType: object.gatewayType,
    audiences: object.audiences,
    subtype: 'DEFAULT',
    egress: object.egress,
    initiatedFromGateway: object.initiatedFromGateway,
    monetizedInfo: false,
    advertiseOnly: false,
  };
}
