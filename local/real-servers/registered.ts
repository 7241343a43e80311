import { connectApiManager } from '@cdr-stack/wso2';
import { readPortalView } from '../../scripts/portal-view.ts';
import { subscriberOf } from '../processes/secrets.ts';
import { registerSample } from '../quickstart/sample-registration.ts';
import { sampleProduct } from '../register/sample-product.ts';
import type { World } from './world.ts';

/** The client id of the sample registration, from the developer portal; registers the sample if it is missing. */
export async function registered(world: World): Promise<string> {
  const { outputs, secrets, urls } = world.environment;
  const access = { url: outputs.apiManager.url, ca: outputs.trust.servers };
  const apiManager = connectApiManager(access, subscriberOf(secrets), { areas: ['devportal'] });
  const recipient = world.recipient();
  try {
    const api = { name: 'CDRDynamicClientRegistrationAPI', version: '0.2' };
    const { keys } = await readPortalView(apiManager, api, sampleProduct(urls.recipient).softwareId);
    return keys[0]?.consumerKey ?? (await registerSample(recipient)).registration.client_id;
  } finally {
    apiManager.close();
    recipient.close();
  }
}
