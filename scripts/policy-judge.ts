import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { InvocationError } from './engine/errors.ts';
import { credentialIn, isPassword } from './policy-credential.ts';
import {
  branchesOfFilter,
  type CodeMediator,
  codeMediators,
  listsOfMediators,
  mediators,
  payloads,
} from './synapse-mediators.ts';

/** An element of a definition, without its namespace; attributes and texts are decoded. */
interface Element {
  name: string;
  line: number;
  attributes: Record<string, string>;
  children: Element[];
  /** The text directly inside, in one. */
  text: string;
}

type Node = Record<string | symbol, unknown>;

/** Stands around the fragment, which may have several roots, on its first line. */
const wrapper = 'fragment';

// `htmlEntities` is what decodes &#66;. A document type, which could declare entities of its own, is refused before.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  htmlEntities: true,
  captureMetaData: true,
});

/** What a template tag is: `{{name}}`, `{% if name %}`, `{# a comment #}`. */
const templateTag = /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/gs;

/**
 * Judges a policy's definition: mediators that are known, in well-formed XML, without a credential. Template tags may stand where text may;
 * all branches of a template are judged as if they applied.
 *
 * @param file for messages.
 * @param allows the mediators that run code and may be in it nevertheless.
 * @returns the name of the sequence, when the definition is one that has a name.
 * @throws {InvocationError} naming file, line and what to do; never the credential.
 */
export function judgePolicy(file: string, text: string, allows: readonly CodeMediator[] = []): string | undefined {
  const refuse = (line: number | undefined, reason: string): never => {
    throw new InvocationError(`${file}${line === undefined ? '' : `, line ${line}`}, ${reason}`);
  };
  const roots = parsedRoots(text, refuse);
  const judgeCredential = (line: number, kind: string | undefined) => {
    if (kind === undefined) return;
    refuse(
      line,
      `holds ${kind}. API Manager would show it to every publisher, in every revision: remove that line (and change the ` +
        'password, which is known now). dcr-service needs no credential: it gets the bearer token unchanged.',
    );
  };
  const judge = (element: Element, parent: string | undefined, isPayload: boolean): void => {
    const { name, line } = element;
    const code = codeMediators.find((one) => one === name.split('.')[0]);
    if (!isPayload && code !== undefined && !allows.includes(code)) {
      refuse(
        line,
        `holds a mediator ${name}, which runs code on the gateway: remove it, or allow it in the settings (allows: [${code}]).`,
      );
    }
    const isMediator = parent === undefined || listsOfMediators.has(parent);
    const known = code !== undefined || mediators.has(name) || (parent === 'filter' && branchesOfFilter.includes(name));
    if (!isPayload && isMediator && !known) {
      refuse(line, `holds <${name}>, which is no mediator of Synapse: correct its name, or remove it.`);
    }
    if (!isPayload && listsOfMediators.has(name) && element.text.trim() !== '') {
      refuse(line, `has text in <${name}>, where mediators belong: remove it.`);
    }
    for (const value of [...Object.values(element.attributes), element.text]) {
      judgeCredential(line, credentialIn(value));
    }
    const passwords = [...Object.entries(element.attributes), [name, element.text] as const].filter(([key]) =>
      /^password$/i.test(key),
    );
    if (passwords.some(([, value]) => isPassword(value))) judgeCredential(line, 'a password');
    for (const child of element.children) judge(child, name, isPayload || payloads.has(name));
  };
  for (const root of roots) judge(root, undefined, false);
  // What the tree does not hold: comments and template tags.
  for (const [part] of text.matchAll(/<!--.*?-->|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/gs)) {
    judgeCredential(lineAt(text, text.indexOf(part)), credentialIn(part));
  }
  return roots.length === 1 && roots[0]?.name === 'sequence' ? roots[0].attributes.name : undefined;
}

type Refuse = (line: number | undefined, reason: string) => never;

function parsedRoots(text: string, refuse: Refuse): Element[] {
  const isNoXml = 'is no policy: write mediators of Synapse, in XML.';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has none of them.
  const control = text.search(/[\x00-\x08\x0b\x0c\x0e-\x1f]/);
  if (control >= 0) refuse(lineAt(text, control), isNoXml);
  for (const { 0: tag, index } of text.matchAll(templateTag)) {
    if (/[<>&\\]/.test(tag)) {
      refuse(
        lineAt(text, index),
        'has markup in a template tag, where it is not judged: move <, >, & and \\ out of the tag.',
      );
    }
  }
  const blank = (part: string) => part.replace(/[^\n]/g, '');
  // A placeholder stays, as text; what only steers the template goes, and its line breaks stay.
  const plain = text
    .replace(/\r\n?/g, '\n')
    .replace(/^\s*<\?xml\b.*?\?>/s, blank)
    .replace(templateTag, (tag) => (tag.startsWith('{{') ? tag : blank(tag)));
  const markup = plain.replace(/<!--.*?-->|<!\[CDATA\[.*?\]\]>/gs, blank);
  const doctype = markup.search(/<!(?:DOCTYPE|ENTITY)|<\?/i);
  if (doctype >= 0)
    refuse(
      lineAt(markup, doctype),
      'has a document type or a processing instruction, which policies do not need: remove it.',
    );
  const reference = markup.search(/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i);
  if (reference >= 0) refuse(lineAt(markup, reference), 'is no well-formed XML: write &amp; for a &.');
  const document = `<${wrapper}>${plain}</${wrapper}>`;
  const valid = XMLValidator.validate(document);
  if (valid !== true) {
    // The tag that stands around the fragment is not the author's.
    const reason = valid.err.msg.includes(wrapper)
      ? 'a tag is not closed, or closed twice'
      : valid.err.msg.replace(/\.$/, '');
    refuse(valid.err.line, `is no well-formed XML (${reason}): correct it.`);
  }
  const [fragment] = parsed(document, refuse);
  if (fragment === undefined || fragment.text.trim() !== '' || fragment.children.length === 0)
    return refuse(undefined, isNoXml);
  return fragment.children;
}

function parsed(document: string, refuse: Refuse): Element[] {
  try {
    return elementsOf(parser.parse(document) as Node[], document);
  } catch (error) {
    return refuse(
      undefined,
      `cannot be read as XML (${error instanceof Error ? error.message : String(error)}): correct it.`,
    );
  }
}

function elementsOf(nodes: Node[], document: string): Element[] {
  const metadata = XMLParser.getMetaDataSymbol();
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name.startsWith('#')) return [];
    const content = node[name] as Node[];
    const { startIndex = 0 } = (node[metadata as unknown as symbol] ?? {}) as { startIndex?: number };
    return [
      {
        name,
        line: lineAt(document, startIndex),
        attributes: (node[':@'] ?? {}) as Record<string, string>,
        children: elementsOf(content, document),
        text: content.map((child) => child['#text'] ?? '').join(''),
      },
    ];
  });
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;
