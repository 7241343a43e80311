import { tlsProtocols } from '../deployment-toml/stores.ts';
import { tlsSuites } from './row.ts';

/**
 * Options of a Java VM by which what it listens with, and what it connects with, keeps to BCP 195 (RFC 9325) where a product has no
 * setting of its own: the Thrift listener (10711), and calls to other servers.
 */
export const jvmTlsOptions: string = ['server', 'client']
  .flatMap((side) => [
    `-Djdk.tls.${side}.protocols=${tlsProtocols}`,
    `-Djdk.tls.${side}.cipherSuites=${tlsSuites.join(',')}`,
  ])
  .join(' ');
