import { apiManagerToml } from '../../programs/deployment-toml/api-manager.ts';
import type { Product } from '../../programs/deployment-toml/configuration-judge/product-configuration.ts';
import { postgreSqlSource } from '../../programs/deployment-toml/databases.ts';
import { identityServerToml } from '../../programs/deployment-toml/identity-server.ts';
import { hasRecipientsListener } from '../../programs/deployment-toml/recipients-listener.ts';
import { generations, signingKeystore } from '../../programs/products.ts';
import { onLoopback } from '../wso2-home/loopback.ts';

/** What we render for a version of a product, whether a generation of ours is of it or not: each kind of server, by its name. */
export function renderedForVersion(product: Product, version: string): Record<string, string> {
  return product === 'wso2am' ? apiManagers(version) : identityServers(version);
}

const host = { portOffset: 1, administrator: 'admin' };
const source = postgreSqlSource({
  host: 'database',
  port: 5432,
  database: 'wso2',
  username: 'wso2',
  authorityFile: '/run/authority.pem',
});

function apiManagers(version: string): Record<string, string> {
  const product = generations['4.7'].apiManager;
  const alone = { ...host, ...product, version, hostname: 'api-manager', signingKeystore: signingKeystore(product) };
  const instance = (number: number) => ({ host: `api-manager-${number}`, portOffset: 0 });
  return {
    alone: apiManagerToml(alone),
    'on loopback': onLoopback(apiManagerToml(alone), { product: 'API Manager' }),
    'one of two, with PostgreSQL, behind an edge': apiManagerToml({
      ...alone,
      dataSources: { apim_db: source, shared_db: source },
      portalHost: 'portal.holder.example',
      gatewayUrl: 'https://mtls.holder.example',
      instances: { own: instance(1), other: instance(2) },
    }),
  };
}

function identityServers(version: string): Record<string, string> {
  const product = generations['4.7'].identityServer;
  const alone = {
    ...host,
    ...product,
    version,
    hostname: 'identity-server',
    apiManagerUrl: 'https://api-manager:9443',
    signingKeystore: signingKeystore(product),
  };
  const local = identityServerToml({
    ...alone,
    nodeAddress: '127.0.0.1',
    registrationUrl: 'https://gateway.example/register',
  });
  return {
    alone: local,
    'on loopback': onLoopback(local, { product: 'Identity Server' }),
    'one of several, with PostgreSQL, behind an edge': identityServerToml({
      ...alone,
      dataSources: { identity_db: source, shared_db: source },
      publicHost: 'id.holder.example',
      ...(hasRecipientsListener(version) && { recipientHost: 'recipients.holder.example' }),
      clusterService: 'identity-server',
    }),
  };
}
