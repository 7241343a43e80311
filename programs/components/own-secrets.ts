import type { Output } from '@pulumi/pulumi';
import { ownSecrets, type StackSecrets } from '../deployment-toml/own-secrets.ts';
import type { Server } from '../deployment-toml/required-settings.ts';
import type { Product } from '../products.ts';

/** What a server gets of the stack's secrets, by the variable's name. */
export function ownSecretsOf(
  server: Server,
  { version }: Product,
  secrets: Output<StackSecrets>,
): Record<string, Output<string>> {
  const derived = Object.entries(ownSecrets(server, version));
  return Object.fromEntries(derived.map(([variable, derive]) => [variable, secrets.apply(derive)]));
}
