/** The identifier of the API resource at Identity Server whose scopes are those that this data holder offers: provisioning makes it. */
export const dataHolderScopes = 'cdr-data-holder';

/**
 * The one in which API Manager's connector keeps the scopes of all its APIs. It takes them out and puts them back with every update of an
 * API, which takes them from all clients; and an API whose scopes are in it already is refused. So a client's scopes are in another.
 */
export const connectorScopes = 'User-defined-oauth2-resource';
