import type { core } from '@pulumi/kubernetes/types/input.js';
import { hardenedContainer } from '../../pods/hardening.ts';
import type { Size } from '../../pods/sizes.ts';

/** Where PostgreSQL's JDBC driver comes from: an image that holds it, or a download, which is checked. */
export type JdbcDriver =
  | { image: string; path: string }
  | {
      url: string;
      sha256: string;
      /** An image with Node. */
      with: string;
    };

/** Where the pod of a server has what the init step takes the driver from. */
export interface JdbcDriverPlaces {
  /** The directory that the driver is put into: a volume, `jdbc-driver`. */
  target: string;
  /** The directory with `jdbc-driver.mts`: a volume, `init`. */
  init: string;
  /** The directory with CAs to trust: a volume, `servers-trust`. */
  trust: string;
}

/** The file of `programs/init` that this needs, if any. */
export function jdbcDriverScripts(driver: JdbcDriver): string[] {
  return 'url' in driver ? ['jdbc-driver.mts'] : [];
}

/** The init container that puts the driver where the one that prepares the server finds it. */
export function jdbcDriverContainer(driver: JdbcDriver, places: JdbcDriverPlaces, size: Size): core.v1.Container {
  const { target, init, trust } = places;
  const shared = {
    name: 'jdbc-driver',
    resources: size.resources,
    securityContext: hardenedContainer(),
    // The description of the pod then shows why the server does not start.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
  const volume = { name: 'jdbc-driver', mountPath: target };
  if ('image' in driver)
    return { ...shared, image: driver.image, command: ['cp', driver.path, `${target}/`], volumeMounts: [volume] };
  return {
    ...shared,
    image: driver.with,
    command: ['node', `${init}/jdbc-driver.mts`, driver.url, driver.sha256, `${target}/postgresql.jar`],
    env: [{ name: 'TRUST', value: trust }],
    volumeMounts: [
      volume,
      { name: 'init', mountPath: init, readOnly: true },
      { name: 'servers-trust', mountPath: trust, readOnly: true },
    ],
  };
}
