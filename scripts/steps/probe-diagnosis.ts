import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { StepError } from '../engine/errors.ts';
import { type NotYet, notYet } from '../engine/wait.ts';
import type { ApiEnvironment } from '../environment.ts';
import type { ClientCertificate, MutualTlsAnswer } from '../mutual-tls.ts';

/** dcr-service's way (RFC 7591 3.2.2) and the gateway's way to say no. */
const oauthError = z.looseObject({ error: z.string(), error_description: z.string().default('') });
const gatewayFault = z.looseObject({
  code: z.coerce.string(),
  message: z.string().default(''),
  description: z.string().default(''),
});

function read<T>(schema: z.ZodType<T>, body: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

function issuerOf(probe: ClientCertificate | undefined): string {
  return probe ? new X509Certificate(probe.certificate).issuer.split('\n').join(', ') : 'unknown';
}

/** True when dcr-service itself answered that this is no registration; otherwise the likely cause, and what to do. */
export function diagnose(answer: MutualTlsAnswer, { outputs, declared, probe }: ApiEnvironment): true | NotYet {
  if (answer.kind === 'refused') {
    throw new StepError(
      `The gateway refused the probe's certificate (${answer.code}). The truststore of its listener, which the listener profile names, ` +
        `lacks the CA that issued it: ${issuerOf(probe)}. trust.recipients declares which CAs belong there.`,
    );
  }
  if (answer.kind !== 'answered') return notYet(`no answer from the gateway (${answer.code})`);

  const refusal = read(oauthError, answer.body);
  if (refusal && /certificate/i.test(refusal.error_description)) {
    throw new StepError(
      `The recipient's certificate did not get through the gateway ("${refusal.error_description}"): the handler MutualSSLCertificateHandler ` +
        "is missing in API Manager's API template (repository/resources/api_templates/velocity_template.xml), or was when the revision was deployed.",
    );
  }
  if (answer.status === 400 && refusal) return true;

  const fault = read(gatewayFault, answer.body);
  const said = fault ? `${fault.code}: ${fault.message} ${fault.description}`.trim() : answer.body.slice(0, 200).trim();
  if (answer.status === 404)
    return notYet(`the gateway does not serve ${declared.path} (${said}), though it has the API`);
  if (answer.status === 415 || /application\/jwt|message (builder|formatter)/i.test(said)) {
    throw new StepError(
      `The gateway cannot read application/jwt (${said}): API Manager's deployment.toml needs [[custom_message_builders]] and ` +
        '[[custom_message_formatters]] for that content type.',
    );
  }
  if (answer.status >= 500) {
    return notYet(
      `the gateway cannot reach dcr-service at ${outputs.dcrService?.url} (${answer.status}, ${said}). It must run, API Manager's client truststore must ` +
        "hold its CA, and dcr-service must accept the gateway's certificate (mutual TLS: DCR_GATEWAY_CA_FILE and DCR_GATEWAY_NAMES)",
    );
  }
  throw new StepError(
    `The gateway answered the probe with ${answer.status} (${said || 'no body'}); dcr-service's own 400 was expected.`,
  );
}
