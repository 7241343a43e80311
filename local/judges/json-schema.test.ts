import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customResourceSchemas, kubernetesSchemas } from './json-schema.ts';

const gadget = 'io.example.v1.Gadget';
const swagger = {
  definitions: {
    [gadget]: {
      description: 'A gadget.',
      type: 'object',
      required: ['spec'],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        spec: { $ref: '#/definitions/io.example.v1.GadgetSpec' },
      },
      'x-kubernetes-group-version-kind': [{ group: 'example.io', version: 'v1', kind: 'Gadget' }],
    },
    'io.example.v1.GadgetSpec': {
      type: 'object',
      properties: {
        // A field that is named like a keyword.
        description: { description: 'What it is for.', type: 'string' },
        port: { $ref: '#/definitions/io.example.IntOrString' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        parts: { type: 'array', items: { $ref: '#/definitions/io.example.v1.GadgetSpec' } },
      },
    },
    'io.example.IntOrString': { type: 'string', format: 'int-or-string' },
    'io.example.Unused': { type: 'object', properties: { a: { type: 'string' } } },
    'io.example.v1.Options': {
      type: 'object',
      'x-kubernetes-group-version-kind': [
        { group: '', version: 'v1', kind: 'Options' },
        { group: 'example.io', version: 'v1', kind: 'Options' },
      ],
    },
  },
};

test('a kind of Kubernetes becomes one file with all that it is made of, in which no other field may be', () => {
  assert.deepEqual(kubernetesSchemas(swagger), {
    'example.io/gadget_v1.json': {
      type: 'object',
      required: ['apiVersion', 'kind', 'spec'],
      properties: {
        apiVersion: { enum: ['example.io/v1'] },
        kind: { enum: ['Gadget'] },
        spec: { $ref: '#/definitions/io.example.v1.GadgetSpec' },
      },
      additionalProperties: false,
      definitions: {
        [gadget]: {
          type: 'object',
          required: ['spec'],
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            spec: { $ref: '#/definitions/io.example.v1.GadgetSpec' },
          },
          additionalProperties: false,
        },
        'io.example.v1.GadgetSpec': {
          type: 'object',
          properties: {
            description: { type: 'string' },
            port: { $ref: '#/definitions/io.example.IntOrString' },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
            parts: { type: 'array', items: { $ref: '#/definitions/io.example.v1.GadgetSpec' } },
          },
          additionalProperties: false,
        },
        'io.example.IntOrString': { type: ['string', 'integer'], format: 'int-or-string' },
      },
    },
  });
});

test('the served versions of a custom resource become files; branches may name some of the fields only', () => {
  const version = (name: string, served: boolean, properties: object) => ({
    name,
    served,
    schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties } },
  });
  const spec = {
    type: 'object',
    properties: {
      a: { type: 'string' },
      b: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
    },
    oneOf: [{ properties: { a: { enum: ['x'] } } }, { required: ['b'] }],
    'x-kubernetes-validations': [{ rule: 'has(self.a)' }],
  };
  const definition = {
    spec: {
      group: 'example.io',
      names: { kind: 'Widget' },
      versions: [version('v1', true, { metadata: { type: 'object' }, spec }), version('v1alpha1', false, {})],
    },
  };
  assert.deepEqual(customResourceSchemas(definition), {
    'example.io/widget_v1.json': {
      type: 'object',
      required: ['apiVersion', 'kind', 'spec'],
      properties: {
        apiVersion: { enum: ['example.io/v1'] },
        kind: { enum: ['Widget'] },
        metadata: { type: 'object' },
        spec: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'object', properties: {} } },
          oneOf: [{ properties: { a: { enum: ['x'] } } }, { required: ['b'] }],
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
  });
});
