/**
 * The elements that a gateway takes as mediators, without those that run code: the tags of the factories that `MediatorFactoryFinder` of
 * wso2-synapse lists, and of those that its module `extensions` registers (read from its source at f30492dc), with `cache`, which was
 * in that list when API Manager 4.2 was made. Other modules of a server may register more; they are not known here.
 */
export const mediators: ReadonlySet<string> = new Set(
  (
    'NTLM aggregate cache call call-template callout clone comment conditionalRouter dblookup dbreport drop enqueue enrich ' +
    'eventPublisher filter foreach header in iterate jsontransform log loopback makefault opa out payloadFactory property ' +
    'propertyGroup respond rewrite rules sampler scatter-gather send sequence store switch template throttle throwError ' +
    'transaction validate variable xquery xslt'
  ).split(' '),
);

/** The mediators that run code on the gateway: a policy holds them only when its settings allow them. */
export const codeMediators = ['class', 'script', 'pojoCommand', 'annotatedCommand', 'bean', 'ejb', 'spring'] as const;

export type CodeMediator = (typeof codeMediators)[number];

/** What a mediator's parts may be that hold mediators themselves, by the name of the part. */
const branches = ['then', 'else', 'case', 'default', 'on-fail', 'onComplete', 'onCacheHit', 'onAccept', 'onReject'];

/** Elements whose children are mediators. */
export const listsOfMediators: ReadonlySet<string> = new Set([
  ...['sequence', 'rules', 'in', 'out', 'filter'],
  ...branches,
]);

/** A filter holds mediators, or these. */
export const branchesOfFilter: readonly string[] = ['then', 'else'];

/** Elements whose content is data, whatever its elements are called: payload, and what is put into the message. */
export const payloads: ReadonlySet<string> = new Set(['format', 'source']);
