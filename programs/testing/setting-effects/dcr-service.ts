import type { Effects } from './effect.ts';
import { dcrVariable } from './rendered-lines.ts';

/** What dcr-service gets as its environment. */
export const dcrServiceEffects: Effects = {
  gatewayCertificateNames: [
    {
      value: '["one.example","two.example"]',
      changes: [`${dcrVariable('DCR_GATEWAY_NAMES')} = one.example,two.example`],
    },
    {
      in: 'certManager',
      value: '["one.example","two.example"]',
      changes: [
        'Certificate api-manager spec.dnsNames = api-manager one.example two.example localhost api-manager.cdr-local.svc',
        `${dcrVariable('DCR_GATEWAY_NAMES')} = one.example,two.example`,
      ],
    },
  ],
  registerJwksUrl: [
    {
      value: 'https://register.example/jwks',
      changes: [`${dcrVariable('DCR_REGISTER_JWKS_URL')} = https://register.example/jwks`],
    },
  ],
  revocation: [
    { value: 'hard', changes: [`${dcrVariable('DCR_REVOCATION')} = hard`] },
    { value: 'off', changes: [`${dcrVariable('DCR_REVOCATION')} = off`] },
  ],
  allowedPrivateNetworks: [
    {
      value: '["10.96.0.0/12","fd00::/8"]',
      changes: [
        `${dcrVariable('DCR_ALLOWED_PRIVATE_ADDRESSES')} = 10.96.0.0/12,fd00::/8`,
        'NetworkPolicy dcr-service spec.egress with {*"fd00::/8"*} = there',
        'NetworkPolicy dcr-service spec.egress with {*"10.244.0.0/16"*} gone',
        'NetworkPolicy identity-server spec.egress with {*"fd00::/8"*} = there',
        'NetworkPolicy identity-server spec.egress with {*"10.244.0.0/16"*} gone',
      ],
    },
    {
      value: '[]',
      changes: [
        `${dcrVariable('DCR_ALLOWED_PRIVATE_ADDRESSES')} = `,
        'NetworkPolicy dcr-service spec.egress with {*"2000::/3"*} = there',
        'NetworkPolicy dcr-service spec.egress with {*"10.244.0.0/16"*} gone',
        'NetworkPolicy identity-server spec.egress with {*"2000::/3"*} = there',
        'NetworkPolicy identity-server spec.egress with {*"10.244.0.0/16"*} gone',
      ],
    },
  ],
};
