import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Output, output, runtime, unsecret } from '@pulumi/pulumi';
import { parse } from 'yaml';
import { optionalSecrets } from '../optional-secrets.ts';
import type { Kind, KubernetesObject } from './kubernetes-object.ts';

/** A resource as it was registered, with the inputs that the provider would get; secrets are in clear in them. */
export interface Recorded {
  type: string;
  name: string;
  inputs: unknown;
  /** The inputs, at the top level, in which Pulumi knows of a secret. */
  secretInputs: string[];
  /** Whether Pulumi refuses to delete it, and whether it stays when it is deleted from the stack. */
  kept: { protect: boolean; retainOnDelete: boolean };
}

/** A program run under Pulumi's mocks. Neither Kubernetes nor the provider has checked anything here. */
export interface RecordedStack {
  resources: Recorded[];
  /** Of every resource; a URN begins with the type of the parent. */
  urns: string[];
  /** By URN: what waits for what, beyond what its inputs say. */
  dependencies: Map<string, string[]>;
  outputs: Record<string, unknown>;
}

/** When a certificate begins and ends. */
export interface Validity {
  notBefore: string;
  notAfter: string;
}

/** An object of Kubernetes as it was registered. */
export interface RecordedObject<Of extends Kind> {
  name: string;
  inputs: KubernetesObject[Of];
}

const project = 'cdr-stack';
let runs = 0;

const { config: declared } = parse(readFileSync(new URL('../../Pulumi.yaml', import.meta.url), 'utf8')) as {
  config: Record<string, { default?: unknown }>;
};

/** The defaults that Pulumi takes from Pulumi.yaml before it starts the program. */
export function declaredDefaults(): Record<string, string> {
  return configValues(
    Object.fromEntries(
      Object.entries(declared).flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])),
    ),
  );
}

/** What a stack's own file declares, as Pulumi hands it to the program. */
export function stackFile(stack: string): Record<string, string> {
  const text = readFileSync(new URL(`../../stacks/Pulumi.${stack}.yaml`, import.meta.url), 'utf8');
  const { config } = parse(text) as { config: Record<string, unknown> };
  return configValues(config);
}

/**
 * Runs index.ts with these settings, as `pulumi up` would, and returns what it registered.
 *
 * @param config keys with or without a namespace; without: this project's.
 * @param issued the certificates in the cluster, if cert-manager issues them.
 * @throws what the program throws.
 */
export async function recordStack(
  config: Record<string, string>,
  stack = 'local',
  issued: Validity = { notBefore: '2026-11-01T00:00:00Z', notAfter: '2027-01-30T00:00:00Z' },
): Promise<RecordedStack> {
  // Pulumi records a stack trace for each of its promises, which takes half of the time; one frame shows where a program fails.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  try {
    return await record(config, stack, issued);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function record(config: Record<string, string>, stack: string, issued: Validity): Promise<RecordedStack> {
  const resources: Recorded[] = [];
  let watched: ReturnType<typeof watchRegistrations> | undefined;
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        if (type === runtime.rootPulumiStackTypeName) return { id: name, state: inputs };
        // What is read is not made.
        if (id) return { id, state: { ...inputs, status: issued } };
        const secretInputs = Object.keys(inputs).filter((key) => JSON.stringify(inputs[key]).includes(secretMark));
        resources.push({
          type,
          name,
          inputs: inClear(inputs),
          secretInputs,
          kept: watched?.kept.get(`${type} ${name}`) ?? notKept,
        });
        // What the provider would name an object that has no name.
        const metadata = { name: `${name}-a1b2c3d4`, ...inputs.metadata };
        return { id: `${name}-id`, state: { ...inputs, metadata } };
      },
      call: () => ({}),
    },
    project,
    stack,
  );
  watched = watchRegistrations();
  configure(config);
  // The root of the stack's resources, to which the production policy is bound.
  await runtime.runInPulumiStack(async () => ({}));
  // A program is a module that is run once: another query makes it another module.
  const outputs = (await import(`../index.ts?run=${++runs}`)) as Record<string, unknown>;
  const values = (await resolved(outputs)) as Record<string, unknown>;
  await runtime.disconnect();
  const monitor = runtime.getMonitor() as unknown as { resources: Map<string, unknown> };
  return { resources, urns: [...monitor.resources.keys()], dependencies: watched.dependencies, outputs: values };
}

const notKept = { protect: false, retainOnDelete: false };

/**
 * Sets the configuration, with Pulumi.yaml's defaults, for what reads it in this process.
 *
 * @param encrypted keys that are secret in the stack's file without being declared so.
 */
export function configure(config: Record<string, string>, encrypted: readonly string[] = optionalSecrets): void {
  const complete = { ...declaredDefaults(), ...config };
  const keyOf = (key: string) => (key.includes(':') ? key : `${project}:${key}`);
  runtime.setAllConfig(
    Object.fromEntries(Object.entries(complete).map(([key, value]) => [keyOf(key), value])),
    encrypted.map(keyOf),
  );
}

/** The stack's objects of a kind. */
export function objectsOf<Of extends Kind>({ resources }: RecordedStack, kind: Of): RecordedObject<Of>[] {
  return resources
    .filter(({ type }) => type.startsWith('kubernetes:') && type.endsWith(`:${kind}`))
    .map(({ name, inputs }) => ({ name, inputs: inputs as KubernetesObject[Of] }));
}

/** The stack's one object of this kind and name: the name within the program, which a Service and its like also have in Kubernetes. */
export function objectOf<Of extends Kind>(stack: RecordedStack, kind: Of, name: string): KubernetesObject[Of] {
  const [found, ...others] = objectsOf(stack, kind).filter((object) => object.name === name);
  assert.ok(found && others.length === 0, `expected one ${kind} named ${name}`);
  return found.inputs;
}

/** The parts of every registration from now on that Pulumi's mocks do not get. */
function watchRegistrations() {
  interface Request {
    getType(): string;
    getName(): string;
    getProtect(): boolean | undefined;
    getRetainondelete(): boolean | undefined;
    getDependenciesList(): string[];
  }
  interface Monitor {
    registerResource(request: Request, callback: (error: unknown, answer: { getUrn(): string }) => void): unknown;
  }
  const monitor = runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  const dependencies = new Map<string, string[]>();
  const kept = new Map<string, Recorded['kept']>();
  monitor.registerResource = (request, callback) => {
    // The mocks ask for it while they answer.
    kept.set(`${request.getType()} ${request.getName()}`, {
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
    });
    return register(request, (error, answer) => {
      if (answer) dependencies.set(answer.getUrn(), request.getDependenciesList());
      callback(error, answer);
    });
  };
  return { dependencies, kept };
}

/** What an output becomes. */
function resolved(value: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    unsecret(output(value) as Output<unknown>).apply(resolve);
  });
}

/** The key that marks a secret on its way to Pulumi's engine; the value is beside it. */
const secretMark = '4dabf18193072939515e22adb298388d';

function inClear(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inClear);
  if (typeof value !== 'object' || value === null) return value;
  if (secretMark in value) return inClear((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inClear(member)]));
}

function configValues(config: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace(/^cdr-stack:/, ''),
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
