import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { policy } from '../testing/running-gateway.ts';
import { transportHeadersOf } from '../transport-headers.ts';
import { type Message, newMessage } from './message.ts';
import { runPolicies, UnknownMediationError, validatePolicy } from './policy.ts';

const message = (...rawHeaders: string[]): Message => newMessage(transportHeadersOf({ rawHeaders }));
const run = async (definition: string, on: Message = message(), parameters = {}) => {
  const outcome = await runPolicies([policy(definition, parameters)], on);
  return { outcome, headers: on.headers.toHttp(), axis2: on.axis2, payload: on.payload };
};

test('a transport property is set, read in any case, and removed', async () => {
  const on = message('X-Old', 'old', 'x-kept', 'kept');
  await run(
    '<property name="x-new" expression="$trp:X-KEPT" scope="transport"/><property name="x-OLD" action="remove" scope="transport"/>',
    on,
  );
  assert.deepEqual(on.headers.toHttp(), { 'x-kept': 'kept', 'x-new': 'kept' });
});

test('a header mediator does the same, in bare mediators and in a sequence with a namespace', async () => {
  const definition = `<?xml version="1.0"?>
    <sequence xmlns="http://ws.apache.org/ns/synapse" name="s">
      <header name="x-client" scope="transport" expression="get-property('api.ut.consumerKey')"/>
      <header name="x-forged" scope="transport" action="remove"/>
      <header name="To" action="remove"/>
    </sequence>`;
  const on = message('X-Forged', 'yes');
  on.properties.set('api.ut.consumerKey', 'client-1');
  assert.deepEqual((await run(definition, on)).headers, { 'x-client': 'client-1' });
});

test('a property that is not there is empty, not left out', async () => {
  const { headers } = await run(`<header name="x-client" scope="transport" expression="get-property('nothing')"/>`);
  assert.deepEqual(headers, { 'x-client': '' });
});

test('a filter takes its branch by expression or by a regular expression that must match the whole', async () => {
  const definition = `
    <filter source="$trp:x-kind" regex="a|b"><then><property name="x" value="then" scope="transport"/></then>
    <else><property name="x" value="else" scope="transport"/></else></filter>`;
  assert.equal((await run(definition, message('x-kind', 'a'))).headers.x, 'then');
  assert.equal((await run(definition, message('x-kind', 'ab'))).headers.x, 'else');
  assert.equal((await run(definition)).headers.x, 'else');
  const short = `<filter xpath="boolean(get-property('transport','x-kind'))"><respond/></filter>`;
  assert.equal((await run(short, message('x-kind', 'a'))).outcome, 'respond');
  assert.equal((await run(short)).outcome, 'continue');
});

test('expressions compare, join and combine as XPath does', async () => {
  const on = message('x-a', '1', 'x-b', '');
  on.axis2.set('HTTP_SC', '401');
  const holds = async (xpath: string) =>
    (await run(`<filter xpath="${xpath}"><respond/></filter>`, on)).outcome === 'respond';
  for (const xpath of [
    "$trp:x-a = '1' and not($trp:x-b)",
    "$trp:x-a != '2'",
    "get-property('axis2','HTTP_SC') = 401",
    "$axis2:HTTP_SC = '401' or false()",
    "fn:concat('a', $trp:x-a) = 'a1'",
    "(contains('abc','b') and starts-with('abc','a')) and string-length('abc') = 3",
    "boolean('false')",
  ]) {
    assert.equal(await holds(xpath), true, xpath);
  }
  for (const xpath of ['$trp:x-b', '$ctx:nothing', "$trp:x-a = '2'", "not('a')"])
    assert.equal(await holds(xpath), false, xpath);
});

test('a payload factory makes JSON whose arguments cannot break out of it', async () => {
  const { outcome, payload, axis2 } = await run(
    `<payloadFactory media-type="json"><format>{"error": "$1", "code": $2}</format>
     <args><arg expression="$trp:x-text"/><arg value="7"/></args></payloadFactory>
     <property name="HTTP_SC" value="400" scope="axis2"/><respond/><property name="HTTP_SC" value="500" scope="axis2"/>`,
    message('x-text', '"}'),
  );
  assert.equal(outcome, 'respond');
  assert.deepEqual(JSON.parse(payload?.body ?? ''), { error: '"}', code: 7 });
  assert.equal(axis2.get('messageType'), 'application/json');
  assert.equal(axis2.get('HTTP_SC'), '400');
});

test('attributes are filled in, those without a value as nothing', async () => {
  const definition = '<property name="{{ name }}" value="[{{absent}}]" scope="transport"/>';
  assert.deepEqual((await run(definition, message(), { name: 'x-filled' })).headers, { 'x-filled': '[]' });
});

test('removing TRANSPORT_HEADERS removes them all', async () => {
  const { headers } = await run(
    '<property name="TRANSPORT_HEADERS" action="remove" scope="axis2"/>',
    message('a', 'b'),
  );
  assert.deepEqual(headers, {});
});

test('what the emulator cannot run is named, all of it, and a policy with such a thing does nothing at all', async () => {
  const definition = `
    <property name="x-first" value="set" scope="transport"/>
    <class name="org.example.Mediator"/>
    <filter xpath="json-eval($.a)"><then><switch source="a"/></then></filter>
    <property name="REST_URL_POSTFIX" value="/other" scope="axis2"/>
    <property name="p" value="v" scope="registry"/>
    <payloadFactory media-type="xml"><format><a/></format></payloadFactory>
    <header name="To" value="x"/>`;
  const problems = validatePolicy(definition);
  const expected = [
    /<class> is a mediator/,
    /<switch>/,
    /json-eval\(\$\.a\)/,
    /REST_URL_POSTFIX/,
    /scope registry/,
    /media type xml/,
    /header To/,
  ];
  assert.equal(problems.length, expected.length, problems.join('\n'));
  for (const pattern of expected) assert.match(problems.join('\n'), pattern);

  const on = message();
  await assert.rejects(run(definition, on), UnknownMediationError);
  await assert.rejects(run(definition, on), /The policy aPolicy v1: .*<class>/);
  assert.deepEqual(on.headers.toHttp(), {});
});

test('no XML, an unclosed expression and a template with logic are reported', async () => {
  assert.match(validatePolicy('<property')[0] ?? '', /no well-formed XML/);
  assert.match(validatePolicy('<filter xpath="boolean("><respond/></filter>')[0] ?? '', /expression boolean\(/);
  assert.match(validatePolicy('{% if a %}<respond/>{% endif %}')[0] ?? '', /\{% if a %\}/);
  assert.match(validatePolicy('<property name="{{a | upper}}" value="b"/>')[0] ?? '', /\{\{a \| upper\}\}/);
});

test('a placeholder where an expression stands is no problem before its value is known', async () => {
  assert.deepEqual(validatePolicy('<property name="{{name}}" expression="{{expression}}" scope="transport"/>'), []);
});

test('our own policy for the DCR API is understood, and sets the client only for a verified token', async () => {
  const definition = readFileSync(new URL('../../../../../apis/dcr/policy.xml.j2', import.meta.url), 'utf8');
  assert.deepEqual(validatePolicy(definition), []);

  const anonymous = message(
    'X-WSO2-Client-Id',
    'forged',
    'X-WSO2-CLIENT-CERTIFICATE',
    'pem',
    'Authorization',
    'Bearer t',
  );
  assert.equal((await run(definition, anonymous)).outcome, 'continue');
  assert.deepEqual(anonymous.headers.toHttp(), { 'X-WSO2-CLIENT-CERTIFICATE': 'pem', Authorization: 'Bearer t' });

  const known = message('x-wso2-client-id', 'forged', 'X-WSO2-CLIENT-CERTIFICATE', 'pem');
  known.properties.set('api.ut.consumerKey', 'client-1');
  await run(definition, known);
  assert.equal(known.headers.get('x-wso2-client-id'), 'client-1');

  const refused = await run(definition, message());
  assert.equal(refused.outcome, 'respond');
  assert.equal(refused.axis2.get('HTTP_SC'), '401');
  assert.equal(JSON.parse(refused.payload?.body ?? '').error, 'invalid_client');
});
