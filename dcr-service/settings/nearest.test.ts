import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestTo } from './nearest.ts';

const known = ['DCR_PORT', 'DCR_ISSUER', 'DCR_HEALTH_PORT'];

test('a slip of the pen finds the word that was meant', () => {
  assert.equal(nearestTo('DCR_PROT', known), 'DCR_PORT');
  assert.equal(nearestTo('DCR_ISUER', known), 'DCR_ISSUER');
  assert.equal(nearestTo('DCR_HEALTHPORT', known), 'DCR_HEALTH_PORT');
});

test('another word altogether finds none', () => {
  assert.equal(nearestTo('DCR_COLOUR_OF_THE_SKY', known), undefined);
});
