import { normaliseContext } from '@cdr-stack/wso2';

/** What an API holds that others cannot have. */
interface Held {
  name: string;
  version: string;
  context: string;
}

const template = ({ context, version }: Held) => normaliseContext(context, version);

/**
 * Why API Manager would refuse to make a declared API (900250, 900251, 900977), with the API that is in the way. Names are equal
 * without case; a context belongs to all versions of one name.
 */
export function conflictOf(declared: Held, others: readonly Held[]): string | undefined {
  const resource = `API ${declared.name} ${declared.version}`;
  const inOtherCase = others.find(
    ({ name }) => name !== declared.name && name.toLowerCase() === declared.name.toLowerCase(),
  );
  if (inOtherCase)
    return `${resource}: the name is taken by API ${inOtherCase.name} ${inOtherCase.version}: to API Manager both are one name. Declare it as it is written there, or another one.`;
  const holder = others.find((one) => one.name !== declared.name && template(one) === template(declared));
  if (holder)
    return `${resource}: its context ${template(declared)} is that of API ${holder.name} ${holder.version}. Declare another context, or remove that API.`;
  const version = others.find((one) => one.name === declared.name && template(one) !== template(declared));
  if (version)
    return `${resource}: version ${version.version} has the context ${template(version)}, which all versions of an API share, and ${template(declared)} is declared.`;
  return undefined;
}
