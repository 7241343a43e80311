import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { judgePolicy } from './policy-judge.ts';
import type { CodeMediator } from './synapse-mediators.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const credential = base64('admin@wso2.com:correct horse');
const header = (value: string) => `<header name="Authorization" scope="transport" ${value}/>`;
const inProject = (path: string) => readFileSync(fileURLToPath(new URL(`../apis/${path}`, import.meta.url)), 'utf8');

/** What is refused, with the message that follows the file's name. */
const refused: [what: string, text: string, message: RegExp][] = [
  ['text', 'hello, I am no policy', /is no policy: write mediators/],
  ['text around a mediator', '<drop/> and more', /is no policy/],
  ['nothing', ' \n', /is no policy/],
  ['comments alone', '<!-- later -->', /is no policy/],
  ['the environment of a process', 'PATH=/bin\0HOME=/root\0', /line 1, is no policy/],
  ['a placeholder in place of a mediator', '{{mediators}}', /is no policy/],
  ['a tag that is not closed', '<drop/>\n<filter xpath="a">', /line \d, is no well-formed XML \(.+\): correct it/],
  ['a tag that is closed by another', '<drop/>\n<log></drop>', /line 2, is no well-formed XML/],
  [
    'a fragment that closes what stands around it',
    '<drop/></fragment><class name="a"/><fragment>',
    /is no well-formed XML/,
  ],
  ['one that hides the rest in a comment', '<drop/></fragment><class name="a"/><!--', /cannot be read as XML/],
  ['an attribute without quotes', '<drop/>\n<log level=full/>', /line 2, is no well-formed XML/],
  ['a bare &', '<drop/>\n<log category="a&b"/>', /line 2, is no well-formed XML: write &amp;/],
  ['an entity that XML does not know', '<log category="&secret;"/>', /line 1, is no well-formed XML/],
  [
    'an external entity',
    '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><log category="&e;"/>',
    /document type/,
  ],
  [
    'a processing instruction',
    '<drop/>\n<?xml version="1.0"?>',
    /line 2, has a document type or a processing instruction/,
  ],
  ['an element that is no mediator', '<drop/>\n<html/>', /line 2, holds <html>, which is no mediator/],
  ['a mediator in another letter case', '<Property name="a"/>', /holds <Property>/],
  ['a connector', '<salesforce.query/>', /holds <salesforce\.query>/],
  ['a branch without its filter', '<then/>', /holds <then>/],
  ['no mediator in a sequence', '<sequence>\n<body/></sequence>', /line 2, holds <body>/],
  ['no mediator in a branch', '<filter xpath="a"><then/><else>\n<html/></else></filter>', /line 2, holds <html>/],
  ['text in a branch', '<filter xpath="a"><then>drop</then></filter>', /has text in <then>/],
  ['a class', '<drop/>\n<class name="org.example.A"/>', /line 2, .* runs code .*allows: \[class\]/],
  ['a class with a prefix', '<s:class xmlns:s="http://ws.apache.org/ns/synapse" name="a"/>', /runs code/],
  ['a class with a suffix, which Synapse ignores', '<class.a name="a"/>', /runs code/],
  ['a class deep inside', '<iterate><target><sequence><class name="a"/></sequence></target></iterate>', /runs code/],
  ['a script', '<script language="js">1</script>', /runs code .*allows: \[script\]/],
  ['a bean', '<bean action="CREATE" class="a" var="b"/>', /runs code/],
  ['a class in a template tag', `{% set a = '<class name="a"/>' %}<drop/>`, /line 1, has markup in a template tag/],
  ['a class that a template tag splits', '<cl{% if a %}ass{% endif %} name="a"/>', /runs code/],
  ['a credential', `<drop/>\n${header(`value="Basic ${credential}"`)}`, /line 2, holds a Basic credential\./],
  ['one in another letter case', header(`value="bAsIc ${credential}"`), /holds a Basic credential\./],
  ['one in entities', header(`value="B&#97;sic&#x20;${credential}"`), /holds a Basic credential\./],
  [
    'one whose base64 is in entities',
    header(`value="Basic &#${credential.charCodeAt(0)};${credential.slice(1)}"`),
    /holds a Basic credential\./,
  ],
  ['one over a line break', header(`value="Basic\n  ${credential}"`), /holds a Basic credential\./],
  [
    'one broken within',
    header(`value="Basic ${credential.slice(0, 9)}\n ${credential.slice(9)}"`),
    /holds a Basic credential\./,
  ],
  [
    'one in a text',
    `<payloadFactory><format>Basic ${credential}</format></payloadFactory>`,
    /holds a Basic credential\./,
  ],
  [
    'one in character data',
    `<log><property>Ba<![CDATA[sic ${credential}]]></property></log>`,
    /holds a Basic credential\./,
  ],
  ['one in a comment', `<drop/>\n<!-- Basic ${credential} -->`, /line 2, holds a Basic credential\./],
  [
    'one in a comment inside',
    `<filter xpath="a"><!-- Basic ${credential} --><then/></filter>`,
    /holds a Basic credential\./,
  ],
  ['one in a template tag', `<drop/>\n{% set a = 'Basic ${credential}' %}`, /line 2, holds a Basic credential\./],
  ['one in parts', header(`expression="concat('Ba','sic ', '${credential}')"`), /holds a Basic credential\./],
  [
    'one in parts between entities',
    header(`expression="concat(&quot;Basic &quot;, &apos;${credential}&apos;)"`),
    /holds a Basic credential\./,
  ],
  [
    'one that is encoded there',
    header(`expression="concat('Basic ', base64Encode('user:pass'))"`),
    /which it encodes itself/,
  ],
  ['one that is encoded in parts', header(`expression="base64Encode(concat('user', ':', 'pass'))"`), /encodes itself/],
  ['one without its scheme', `<property name="a" value="${credential}"/>`, /without its scheme/],
  [
    'one in a URL',
    '<call><endpoint><http uri-template="https://user:pass@host/"/></endpoint></call>',
    /a URL with a password/,
  ],
  [
    'a password',
    '<dblookup><connection><pool><password>a</password></pool></connection></dblookup>',
    /holds a password/,
  ],
  ['a password in an attribute', '<NTLM username="a" password="b"/>', /holds a password/],
];

for (const [what, text, message] of refused) {
  test(`a policy is refused for ${what}`, () => {
    assert.throws(
      () => judgePolicy('policy.xml', text, []),
      (error: Error) => {
        assert.equal(error.name, 'InvocationError');
        assert.match(error.message, /^policy\.xml, /);
        assert.match(error.message, message);
        return !error.message.includes(credential) && !error.message.includes('horse');
      },
    );
  });
}

/** What passes. */
const accepted: [what: string, text: string, allows?: CodeMediator[]][] = [
  ['the policy of the registration API', inProject('dcr/policy.xml.j2')],
  ['the recipient gate', inProject('recipient-gate/policy.xml.j2')],
  ['several roots', '<drop/>\r\n<log level="full"/>'],
  ['a declaration', '<?xml version="1.0"?>\n<sequence xmlns="http://ws.apache.org/ns/synapse"><drop/></sequence>'],
  ['placeholders and branches of a template', '{% if a %}<log category="{{ a }}"/>{% else %}\n<drop/>{% endif %}'],
  [
    'payload whatever its elements are called',
    '<payloadFactory><format><class><html/></class></format></payloadFactory>',
  ],
  ['a class that is allowed', '<class name="org.example.A"/>', ['class']],
  ['words after "Basic"', '<!-- Basic authentication is not needed: see there -->\n<log category="Basic realm"/>'],
  [
    'a credential from properties',
    header(`expression="base64Encode(concat(get-property('a:b'), ':', get-property('c')))"`),
  ],
  ['a password that a parameter has', '<NTLM username="a" password="{{password}}"/>'],
  ['a password that an expression reads', `<NTLM username="a" password="get-property('a')"/>`],
];

for (const [what, text, allows] of accepted) {
  test(`a policy may hold ${what}`, () => {
    judgePolicy('policy.xml', text, allows);
  });
}

test('what one setting allows does not allow the other', () => {
  assert.throws(() => judgePolicy('policy.xml', '<class name="a"/>', ['script']), /runs code/);
});
