import { fromEnvironment, secretEnvironment, tlsProtocols } from '../deployment-toml/stores.ts';
import { areModern, areRecommended, type BaselineRow, tlsSuites } from './row.ts';

type Row = Omit<BaselineRow, 'server'>;

/** What both products ship alike: accounts of the servers themselves. */
export const sharedAccounts = (asked: BaselineRow['proof']): Row[] => [
  {
    key: 'account_recovery.endpoint.auth.hash',
    shipped: 'the hash of a word that WSO2 publishes',
    ours: fromEnvironment(secretEnvironment.endpointSecretHash),
    open: 'everybody can open management APIs with a word that WSO2 publishes',
    severity: 'critical',
    proof: asked,
  },
  {
    key: 'identity.auth_framework.endpoint.app_password',
    shipped: 'the word that WSO2 publishes',
    ours: fromEnvironment(secretEnvironment.endpointSecret),
    open: "the server's own pages cannot call its APIs: they show the word that WSO2 publishes",
    severity: 'critical',
    proof: asked,
  },
  ...(['server_username', 'server_password'] as const).map(
    (name): Row => ({
      key: `tasks.${name}`,
      shipped: 'admin',
      ours: fromEnvironment(secretEnvironment.idlePassword),
      open: 'scheduled tasks would be sent with the account admin and the password admin',
      severity: 'low',
      proof: 'configuration data',
    }),
  ),
];

/** The listener of Tomcat, which both products have for management. */
export const tomcatTls = (listener: string, asked: BaselineRow['proof']): Row[] => [
  {
    key: 'transport.https.sslHostConfig.properties.protocols',
    shipped: '+TLSv1,+TLSv1.1,+TLSv1.2',
    ours: tlsProtocols,
    allows: areModern,
    open: `${listener} speaks TLS 1.0 and 1.1`,
    severity: 'medium',
    proof: asked,
  },
  {
    key: 'transport.https.sslHostConfig.properties.ciphers',
    shipped: undefined,
    ours: tlsSuites.join(','),
    allows: areRecommended,
    open: `${listener} takes suites without forward secrecy`,
    severity: 'medium',
    proof: asked,
  },
];
