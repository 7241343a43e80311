import { globSync } from 'node:fs';
import { command } from '../cluster/command.ts';
import { installPackages } from '../cluster/packages.ts';

/** What building images takes from Debian: by the program that is looked for, the package that brings it and what it is for. */
const programs = {
  buildah: { name: 'buildah', purpose: 'builds images' },
  // A runtime as a whole; where a JDK is installed, a small one is linked of it instead.
  keytool: { name: 'default-jre-headless', purpose: "keytool, for the emulator's image" },
} as const;

/** Where Debian keeps PostgreSQL's JDBC driver. */
export const jdbcDriverFile = '/usr/share/java/postgresql.jar';

/** What the image of PostgreSQL takes besides, by the file that is looked for. */
const postgresFiles = {
  '/usr/lib/postgresql/*/bin/psql': { name: 'postgresql-client', purpose: "psql, for PostgreSQL's image" },
  [jdbcDriverFile]: { name: 'libpostgresql-jdbc-java', purpose: "PostgreSQL's JDBC driver, which WSO2's images lack" },
} as const;

/** A Debian package that is still to be installed. */
export interface MissingPackage {
  readonly name: string;
  readonly purpose: string;
}

/**
 * Looks for the programs themselves, not for packages: they may come from elsewhere.
 * @param postgres whether the image of PostgreSQL is built as well.
 */
export async function missingImagePackages(postgres = false): Promise<MissingPackage[]> {
  const found = await Promise.all(
    Object.keys(programs).map((program) =>
      command('sh', '-c', 'command -v "$1"', 'sh', program).then(
        () => true,
        () => false,
      ),
    ),
  );
  const files = Object.entries(postgres ? postgresFiles : {});
  return [
    ...Object.values(programs).filter((_, index) => !found[index]),
    ...files.filter(([file]) => globSync(file).length === 0).map(([, missing]) => missing),
  ];
}

/** Installs what is missing, and says so first. */
export async function ensureImagePackages(onStep?: (step: string) => void, postgres = false): Promise<void> {
  const missing = await missingImagePackages(postgres);
  if (missing.length === 0) return;
  const listed = missing.map(({ name, purpose }) => `${name} (${purpose})`).join(', ');
  onStep?.(`installing Debian packages, which stay: ${listed}`);
  await installPackages(missing.map(({ name }) => name));
}
