import { hash } from 'node:crypto';

/** What tokens and introspection say, beside `cnf`, of a binding to the certificate with this thumbprint. */
export const bindingTo = (thumbprint: string) => ({
  binding_type: 'certificate',
  binding_ref: hash('md5', thumbprint, 'hex'),
});
