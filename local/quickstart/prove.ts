import { type Connect, type Credentials, connectApiManager, through } from '@cdr-stack/wso2';
import type { StackOutputs } from '../../programs/outputs.ts';
import { type PortalView, readPortalView } from '../../scripts/portal-view.ts';
import { recipientClient } from '../register/recipient-client.ts';
import { sampleProduct } from '../register/sample-product.ts';
import type { Phases } from './phases.ts';
import { registerSample, removeSample, useRegistration } from './sample-registration.ts';

/** A provisioned environment, as its recipient and its operator see it. */
export interface Provisioned {
  outputs: StackOutputs;
  pki: string;
  /** Whose the applications are: who dcr-service is at API Manager. */
  subscriber: Credentials;
  recipientUrl: string;
  issuer: string;
  /** How its servers are reached where TCP does not lead there. */
  connect?: Connect | undefined;
}

/** What became of the sample. */
export interface Proof {
  /** 204 when an earlier run's registration was removed first. */
  previous: number | undefined;
  registration: { status: number; client_id: string; software_id: string; read: { status: number } };
  portal: PortalView;
}

const api = { name: 'CDRDynamicClientRegistrationAPI', version: '0.2' };

/** Registers the sample product and uses the registration: accepted is what can be used. */
export async function proveRegistration(environment: Provisioned, { run }: Phases): Promise<Proof> {
  const { outputs, pki, recipientUrl, issuer, connect } = environment;
  const recipient = recipientClient({
    pki,
    ca: outputs.trust.servers,
    recipientUrl,
    gatewayUrl: outputs.apiManager.gatewayUrl,
    issuer,
    tunnel: (agent) => through(agent, connect),
  });
  try {
    const previous = await run('previous sample removed, where there was one', async () => {
      // Asked of the portal, not remembered: an earlier run may have been cut off before it could keep the client id.
      const clientId = (await portalOf(environment)).keys[0]?.consumerKey;
      return clientId === undefined ? undefined : removeSample(recipient, clientId);
    });
    const { status, registration } = await run('registration over mutual TLS', () => registerSample(recipient));
    const { client_id, software_id } = registration;
    const read = await run('token, and registration read with it', () => useRegistration(recipient, client_id));
    const portal = await run("developer portal's view", () => portalOf(environment));
    return { previous, registration: { status, client_id, software_id, read: { status: read } }, portal };
  } finally {
    recipient.close();
  }
}

async function portalOf({ outputs, subscriber, recipientUrl, connect }: Provisioned): Promise<PortalView> {
  const access = { url: outputs.apiManager.url, ca: outputs.trust.servers, connect };
  const apiManager = connectApiManager(access, subscriber, { areas: ['devportal'] });
  try {
    return await readPortalView(apiManager, api, sampleProduct(recipientUrl).softwareId);
  } finally {
    apiManager.close();
  }
}
