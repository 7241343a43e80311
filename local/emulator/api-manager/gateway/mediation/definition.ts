import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element of Synapse XML, without its namespace. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** All text directly inside, trimmed. */
  text: string;
}

type Ordered = Record<string, unknown>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** What stands for an attribute whose value is not known yet, when a definition is only looked at. */
export const UNKNOWN_VALUE = '__unknown__';

/**
 * Fills a policy's `{{attribute}}` placeholders. As in the product an attribute without a value becomes empty and
 * nothing is escaped. Throws when the template does more than that.
 */
export function fillPlaceholders(definition: string, value: (attribute: string) => string): string {
  const filled = definition.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, attribute: string) => value(attribute));
  const beyond = /\{%.*?%\}|\{\{.*?\}\}/s.exec(definition.replace(/\{\{\s*\w+\s*\}\}/g, ''))?.[0];
  if (beyond !== undefined) throw new Error(`the template holds ${beyond}, which the emulator cannot render`);
  return filled;
}

/** The mediators of a definition: those inside its `<sequence>`, or the bare ones. Throws when it is no XML. */
export function parseDefinition(xml: string): Element[] {
  const document = `<definition>${xml.replace(/<\?xml[^?]*\?>/, '')}</definition>`;
  const wellFormed = XMLValidator.validate(document);
  if (wellFormed !== true) throw new Error(`the definition is no well-formed XML: ${wellFormed.err.msg}`);
  const [root] = elements(parser.parse(document) as Ordered[]);
  const mediators = root?.children ?? [];
  const [only] = mediators;
  const wrapped = mediators.length === 1 && only?.name === 'sequence' && only.attributes.key === undefined;
  return wrapped ? only.children : mediators;
}

function elements(nodes: Ordered[]): Element[] {
  return nodes.flatMap((node) => {
    const [name] = Object.keys(node).filter((key) => key !== ':@' && key !== '#text');
    if (name === undefined) return [];
    const content = node[name] as Ordered[];
    return [
      {
        name,
        attributes: (node[':@'] ?? {}) as Record<string, string>,
        children: elements(content),
        text: content.map((child) => child['#text'] ?? '').join(''),
      },
    ];
  });
}
