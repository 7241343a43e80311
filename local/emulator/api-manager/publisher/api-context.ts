/**
 * A context as it is stored: with `{version}`, which API Manager appends if the caller did not place it.
 * `/open-banking` and `/open-banking/{version}` are therefore the same context.
 */
export function contextTemplate(context: string): string {
  const absolute = context.startsWith('/') ? context : `/${context}`;
  return absolute.includes('{version}') ? absolute : `${absolute}/{version}`;
}

/** A context as the REST API shows it: without a trailing `/{version}`. */
export const shownContext = (context: string) => contextTemplate(context).replace(/\/\{version\}$/, '');

/** The path below which the gateway serves the API, such as `/open-banking/0.2`. */
export const servedContext = (context: string, version: string) =>
  contextTemplate(context).replace('{version}', version);
