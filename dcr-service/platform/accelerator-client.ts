import type { OAuthClientBody } from '@cdr-stack/wso2';
import { PlatformError } from '../registration/platform.ts';
import type { RegisteredMetadata } from '../validation/registered-metadata.ts';

/**
 * The client as the Open Banking accelerator's registration takes it: the claims of the recipient's request, as its own gateway
 * passes them on when it has verified them. The service provider is named by the software statement's `software_id`
 * (`[open_banking.dcr] use_softwareIdForAppName`), and its authenticators always bind tokens.
 */
export function acceleratorBody(name: string, metadata: RegisteredMetadata): OAuthClientBody {
  const { redirect_uris, grant_types, response_types, ...members } = metadata;
  return {
    ...members,
    iss: metadata.software_id,
    client_name: name,
    redirect_uris: [...redirect_uris],
    // As with DCR v1.1: every recipient may manage its own registration, with a token of this grant.
    grant_types: [...new Set([...grant_types, 'client_credentials'])],
    response_types: [...response_types],
  };
}

/** The accelerator takes the name from the software statement, unchanged: a client by another name would never be found again. */
export const acceleratorNameComplaint = (name: string, softwareId: string): string | undefined =>
  name === softwareId
    ? undefined
    : `cannot be the name of a client here: the name would be '${name}', and must be the id itself`;

/** The accelerator gave the client another name; the client has been removed again. */
export const namedOtherwise = (name: string, given: string): PlatformError =>
  new PlatformError(
    'Identity Server',
    'refused',
    `Identity Server named the client '${given}' and not by its software_id '${name}': set [open_banking.dcr] use_softwareIdForAppName = true in its deployment.toml`,
  );

/** The error for the operator if the endpoint does not exist: a stock image was deployed. */
export const acceleratorMissing = (cause: unknown): PlatformError =>
  new PlatformError(
    'Identity Server',
    'refused',
    'Identity Server has no registration endpoint of the Open Banking accelerator: deploy an image derived with the accelerator, or, from Identity Server 7.0 on, set DCR_CLIENT_REGISTRATION=dcr-v1.1',
    { cause },
  );

/** A client that is lost cannot be made again here: DCR v1.1 alone takes a client_id. */
export const idsOfItsOwn = (): PlatformError =>
  new PlatformError(
    'Identity Server',
    'refused',
    "Identity Server: the accelerator's registration gives each client an id of its own, so that none can be made again under its client_id; from Identity Server 7.0 on it can, with DCR_CLIENT_REGISTRATION=dcr-v1.1",
  );
