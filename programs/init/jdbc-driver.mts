// Downloads PostgreSQL's JDBC driver, checks it, and only then puts it in its place. Runs in dcr-service's image, for its Node:
// which of WSO2's images have a program that downloads is not known.
//
// usage: node jdbc-driver.mts URL SHA256 TARGET
// environment: TRUST, a directory of PEM files: CAs to be trusted besides the public ones
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const [url = '', sha256 = '', target = ''] = process.argv.slice(2);
const { TRUST = '/nowhere' } = process.env;
const attempts = 5;

try {
  const trusted = globSync(join(TRUST, '*.pem')).map((file) => readFileSync(file, 'utf8'));
  setDefaultCACertificates([...getCACertificates(), ...trusted]);
  const driver = await download();
  const found = createHash('sha256').update(driver).digest('hex');
  if (found !== sha256.toLowerCase())
    throw new Error(`it has SHA-256 ${found}, and jdbcDriverSha256 is ${sha256}: nothing was put in its place`);
  await writeFile(`${target}.unfinished`, driver);
  await rename(`${target}.unfinished`, target);
} catch (error) {
  process.stderr.write(`jdbc-driver: ${url}: ${reasonOf(error)}.\n`);
  process.exitCode = 1;
}

/** A server that is busy or not reached is asked again; what it says for good is believed at once. */
async function download(attempt = 1): Promise<Uint8Array> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch((error: Error) => error);
  const again = answer instanceof Error ? !isUntrusted(answer) : answer.status >= 500;
  if (again && attempt < attempts) {
    await pause(500 * attempt);
    return download(attempt + 1);
  }
  if (answer instanceof Error) throw answer;
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function isUntrusted({ cause }: Error): boolean {
  return /CERT|SIGNATURE|ALTNAME/.test(String((cause as NodeJS.ErrnoException | undefined)?.code));
}

/** What fetch says of a failed connection is in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
