import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import { readApiTemplate } from './api-template.ts';
import { CERTIFICATE_HANDLER } from './testing/gateway-home.ts';

const standIn = new URL('../home/repository/resources/api_templates/velocity_template.xml', import.meta.url);
const stock = readFileSync(standIn, 'utf8');

function handlersOf(template: string): string[] {
  const file = join(temporaryDirectory(), 'velocity_template.xml');
  writeFileSync(file, template);
  return readApiTemplate(file);
}

test('the stock template has only the standard handlers: the one inside an #if is not for every API', () => {
  assert.deepEqual(handlersOf(stock), ['standard']);
});

test("the certificate handler counts where it stands: before or after the product's own", () => {
  assert.deepEqual(handlersOf(stock.replace('#foreach( $handler', `${CERTIFICATE_HANDLER}\n#foreach( $handler`)), [
    'mutual-ssl-certificate',
    'standard',
  ]);
  assert.deepEqual(handlersOf(stock.replace('</handlers>', `${CERTIFICATE_HANDLER}</handlers>`)), [
    'standard',
    'mutual-ssl-certificate',
  ]);
});

test('a handler in a comment is ignored', () => {
  assert.deepEqual(
    handlersOf(stock.replace('#foreach( $handler', `<!-- ${CERTIFICATE_HANDLER} -->\n#foreach( $handler`)),
    ['standard'],
  );
});

test('a handler that the emulator cannot run is refused by its class', () => {
  assert.throws(
    () => handlersOf(stock.replace('</handlers>', '<handler class="org.example.Surprise"/></handlers>')),
    /names the handler org\.example\.Surprise, which the emulator cannot run/,
  );
});

test('a template without handlers is refused', () => {
  assert.throws(() => handlersOf('<api/>'), /has no <handlers/);
  assert.throws(() => handlersOf(stock.replace('$handler in $handlers', '$one in $all')), /no API would be protected/);
});
