import { hash } from 'node:crypto';
import type { RegisteredClient } from './registered-client.ts';

/** What a client calls a user: pairwise, it is the same for all clients of one sector and for no others (OpenID Connect Core 1.0, 8.1). */
export function subjectFor({ subject_type, sector_identifier_uri, redirect_uris }: RegisteredClient, userId: string) {
  if (subject_type !== 'pairwise') return userId;
  const [callback = ''] = redirect_uris;
  const address = sector_identifier_uri || callback;
  const sector = URL.canParse(address) ? new URL(address).host : address;
  return hash('sha256', `${sector} ${userId}`, 'hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
