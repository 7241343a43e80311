import { globSync, readFileSync } from 'node:fs';
import type { ServerHome } from '../server-home.ts';

const driver = 'org.postgresql.Driver';
const library = ['repository', 'components', 'lib'] as const;

/**
 * Looks for PostgreSQL's JDBC driver where WSO2's servers look for it: their images bring none. The emulator does not run it,
 * but a server that has none does not start.
 *
 * @throws {Error} in the words of the real server when no jar there holds the driver's class.
 */
export function requireJdbcDriver(home: ServerHome, name: string): void {
  const entry = `${driver.replaceAll('.', '/')}.class`;
  // A zip file names its entries in the clear.
  const holdsDriver = (jar: string) => readFileSync(jar).includes(entry);
  if (globSync(home.file(...library, '*.jar')).some(holdsDriver)) return;
  throw new Error(
    `[database.${name}] java.lang.ClassNotFoundException: ${driver} cannot be found: ` +
      `no jar in ${home.file(...library)} holds it. Put the JDBC driver of PostgreSQL there.`,
  );
}
