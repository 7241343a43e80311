import { readFileSync } from 'node:fs';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';
import type { ServerHome } from '../../server-home.ts';

const TEMPLATE = 'repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2';

/** What API Manager takes where deployment.toml says nothing; everything else in the template must have a value. */
const DEFAULTS: Record<string, string> = { 'keystore.listener_profile.ssl_verify_client': 'optional' };

const Store = z.object({ Location: z.string(), Type: z.string(), Password: z.string() });

const ListenerProfiles = z.object({
  parameter: z.object({
    profiles: z.object({
      profile: z.object({
        SSLVerifyClient: z.enum(['require', 'optional']),
        KeyStore: Store,
        TrustStore: Store,
      }),
    }),
  }),
});

/** The TLS of the gateway's listener: its key, its trusted CAs, and whether a caller must present a certificate. */
export type ListenerProfile = z.infer<typeof ListenerProfiles>['parameter']['profiles']['profile'];

/**
 * Renders `listenerprofiles.xml.j2` with the settings of the server, as API Manager does at every start, and reads the
 * result. Throws naming the placeholder that has no value, or what the rendered file lacks.
 */
export function readListenerProfile(home: ServerHome): ListenerProfile {
  const file = home.file(...TEMPLATE.split('/'));
  const rendered = readFileSync(file, 'utf8').replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, key: string) => {
    const value = home.setting(key) ?? DEFAULTS[key];
    if (value === undefined) throw new Error(`${file}: {{${key}}} has no value: set ${key} in deployment.toml.`);
    return String(value);
  });

  const wellFormed = XMLValidator.validate(rendered);
  if (wellFormed !== true) throw new Error(`${file} renders to no XML: ${wellFormed.err.msg}`);
  const parsed = ListenerProfiles.safeParse(new XMLParser({ parseTagValue: false }).parse(rendered));
  if (!parsed.success) throw new Error(`${file} does not say what a listener needs: ${z.prettifyError(parsed.error)}`);
  return parsed.data.parameter.profiles.profile;
}
