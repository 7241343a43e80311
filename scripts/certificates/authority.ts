import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, authorityStatement, generateRsaKey, sign } from '../../pki/issue-certificate.ts';
import { InvocationError } from '../engine/errors.ts';
import type { StackSettings } from './stack-settings.ts';

/** Where a stack's issuing CA is kept, encrypted: beside the program's settings, which do not know it. */
export const authoritySetting = 'cdr-stack-certificates:authority';

const years = 10;
const organization = 'cdr-stack';

/** The issuer name that distinguishes certificates of a stack's own CAs from those of others. */
export const authorityName = (stack: string) => ({ commonName: `${stack} issuing CA`, organization });

/** A CA that is its own issuer, for certificates of a stack's servers alone. */
export async function createAuthority(stack: string): Promise<Authority> {
  const key = await generateRsaKey();
  const statement = await authorityStatement(authorityName(stack), key, 'itself');
  return { key, certificate: await sign(statement, key, 'itself', 365 * years) };
}

/**
 * The CA that a stack has.
 *
 * @throws {InvocationError} when the setting holds something else.
 */
export function authorityOf(settings: Pick<StackSettings, 'get'>): Authority | undefined {
  const text = settings.get(authoritySetting);
  if (text === undefined) return undefined;
  const [certificate] = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/) ?? [];
  const [key] = text.match(/-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----\n?/) ?? [];
  if (certificate && key) return { certificate: `${certificate.trim()}\n`, key };
  throw new InvocationError(
    `${authoritySetting} holds no CA with its key: remove it (pulumi config rm ${authoritySetting}); the next run creates another.`,
  );
}

export const authorityText = ({ certificate, key }: Authority) => certificate + key;

/** Whether a stack's declared trust in servers has this CA. */
export async function isDeclared({ certificate }: Authority, trustDirectory: string): Promise<boolean> {
  const wanted = new X509Certificate(certificate).fingerprint256;
  const texts = await Promise.all((await filesIn(folderOf(trustDirectory))).map((file) => readFile(file, 'utf8')));
  return texts
    .flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [])
    .some((pem) => new X509Certificate(pem).fingerprint256 === wanted);
}

/** Declares a CA beside those that are declared already. Returns the file. */
export async function declare({ certificate }: Authority, trustDirectory: string): Promise<string> {
  const folder = folderOf(trustDirectory);
  await mkdir(folder, { recursive: true });
  const taken = await filesIn(folder);
  const candidates = ['stack-ca.pem', ...taken.map((_, index) => `stack-ca-${index + 2}.pem`)];
  const file = candidates.map((name) => join(folder, name)).find((path) => !taken.includes(path)) ?? folder;
  await writeFile(file, certificate, { flag: 'wx' });
  return file;
}

const folderOf = (trustDirectory: string) => join(trustDirectory, 'servers');

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.pem')).map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
