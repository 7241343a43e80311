import type { Product } from './product-configuration.ts';

/**
 * What the Open Banking accelerator's own template reads of the keys that we render. Source: `open-banking.xml.j2` of its parts for
 * API Manager and Identity Server, github.com/wso2/financial-services-accelerator, folder open-banking-accelerator, v3.1.0 to v3.2.10.
 */
export const acceleratorKeys: Readonly<Record<Product, readonly string[]>> = {
  wso2am: ['open_banking.keyManager.name'],
  wso2is: ['open_banking.dcr.use_softwareIdForAppName', 'open_banking.dcr.registration.audience.allowed_values'],
};
