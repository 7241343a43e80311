import { type Generation, generations } from '@cdr-stack/wso2';
import { StepError } from '../engine/errors.ts';
import { nearestName } from '../nearest-name.ts';

/**
 * Types that connect API Manager to an Identity Server, best first, and the generation whose addresses each uses.
 * ObKeyManager and fsKeyManager come with WSO2's accelerators and know more of open banking than the stock ones.
 */
const usable: Record<string, Generation['name']> = {
  ObKeyManager: '4.2',
  fsKeyManager: '4.7',
  'WSO2-IS-7': '4.7',
  'WSO2-IS': '4.2',
};

/**
 * The type to use: the declared one, else that of the key manager that is there, else the best that is offered.
 *
 * @throws {StepError} when API Manager does not offer it; the message lists what it offers.
 */
export function chooseType(
  declared: string | undefined,
  existing: string | undefined,
  offered: readonly string[],
): string {
  const wanted = declared ?? existing;
  const list = offered.join(', ') || 'none';
  if (wanted === undefined) {
    const best = Object.keys(usable).find((type) => offered.includes(type));
    if (best) return best;
    throw new StepError(
      `API Manager offers no key-manager type that fits an Identity Server (${Object.keys(usable).join(', ')}); it offers: ${list}.`,
    );
  }
  if (offered.includes(wanted)) return wanted;
  const guess = nearestName(wanted, offered);
  throw new StepError(
    `API Manager does not know key managers of type ${wanted}${guess ? ` (did you mean ${guess}?)` : ''}; it offers: ${list}. ` +
      'The setting is keyManager.type.',
  );
}

/** What a type's connector needs and at which paths its Identity Server answers. */
export function generationOf(type: string): Generation {
  const found = generations.find(({ name }) => name === usable[type]);
  if (found) return found;
  throw new StepError(
    `It is not known which addresses a key manager of type ${type} uses: choose one of ${Object.keys(usable).join(', ')}.`,
  );
}
