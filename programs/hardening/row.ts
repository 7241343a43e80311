import { isDeepStrictEqual } from 'node:util';
import type { TomlValue } from 'smol-toml';
import type { Server } from '../deployment-toml/required-settings.ts';

/** What a row's value may depend on. */
export interface Situation {
  /** The server's `[server] offset`. */
  portOffset: number;
  /** Whether the server is one of several that work on the same databases. */
  several: boolean;
}

/** How much is open with the value that WSO2 ships: an administrator's rights, others' data or tokens, knowledge, a weakened defence. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** A setting by which a door is shut that WSO2 ships open. */
export interface BaselineRow {
  server: Server;
  /** Dotted key of deployment.toml. */
  key: string;
  /** The first version that knows the key; without it every one does. */
  since?: string;
  /** The first version that no longer ships it open, and needs no row. */
  until?: string;
  /** Set where the server is alone, or one of several, only. */
  only?: 'alone' | 'several';
  /** What is in force without the key; undefined where the product has no value for it. */
  shipped: TomlValue | undefined;
  /** What is rendered. */
  ours: TomlValue | ((situation: Situation) => TomlValue);
  /** What it amounts to, where the value is too long to be read in a table. */
  inWords?: string;
  /** Whether a value in somebody's file shuts the door as well; without it, only `ours` does. Of a list: `ours` and no more. */
  allows?: (value: unknown) => boolean;
  /** What is open without it. */
  open: string;
  severity: Severity;
  /** How it is known that `ours` shuts the door: which server showed it, the product's configuration data, or nothing yet. */
  proof: `asked of ${string}` | 'configuration data' | 'assumed';
}

/** Suites of TLS 1.3, and of 1.2 those that BCP 195 (RFC 9325, section 4.2) recommends; Java's names. */
export const tlsSuites = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
] as const;

/** Whether a list of suites, as text or array, holds recommended ones only. */
export function areRecommended(value: unknown): boolean {
  const names = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(/\s*,\s*/) : [];
  return names.length > 0 && names.every((name) => (tlsSuites as readonly string[]).includes(name));
}

/** Whether a list of protocols, as text or array, holds TLS 1.2 and 1.3 only. */
export function areModern(value: unknown): boolean {
  const names = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(/\s*,\s*/) : [];
  return names.length > 0 && names.every((name) => /^\+?TLSv1\.[23]$/.test(name));
}

/** Whether two values of a deployment.toml say the same. Tables that have been read have no prototype, unlike those of the rows. */
export const isSame = (one: unknown, other: unknown): boolean =>
  isDeepStrictEqual(structuredClone(one), structuredClone(other));
