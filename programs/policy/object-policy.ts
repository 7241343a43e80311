import { output, type ResourceTransformation, RunError, runtime } from '@pulumi/pulumi';
import { z } from 'zod';

// What a production stack refuses in the objects themselves, whichever setting or component made them so.

const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  resources: z.looseObject({ limits: z.record(z.string(), z.unknown()).optional() }).optional(),
  securityContext: z.looseObject({ runAsNonRoot: z.boolean().optional(), runAsUser: z.number().optional() }).optional(),
});

const podSpec = z.looseObject({
  securityContext: container.shape.securityContext,
  initContainers: z.array(container).optional(),
  containers: z.array(container),
});

type PodSpec = z.output<typeof podSpec>;
type Container = z.output<typeof container>;

const workload = z.looseObject({ spec: z.looseObject({ template: z.looseObject({ spec: podSpec }) }) });
const configMap = z.looseObject({ data: z.record(z.string(), z.string()).optional() });

const secretName = /(PASSWORD|PASSPHRASE|SECRET|TOKEN|PRIVATE_KEY|ENCRYPTION_KEY)$/;

/** Opens the truststore that WSO2's public images bring, with public CAs in it: everybody knows it, and it protects nothing. */
const publicPassword = 'BASE_TRUSTSTORE_PASSWORD';

/**
 * What is wrong with an object for production, each line naming the part of it and what to do.
 *
 * @param type Pulumi's type token, for example `kubernetes:apps/v1:Deployment`.
 * @param inputs the object as the provider gets it.
 */
export function objectFaults(type: string, inputs: unknown): string[] {
  const member = judgedMember(type);
  if (member === 'spec') {
    const { success, data } = workload.safeParse(inputs);
    return success ? podFaults(data.spec.template.spec) : ['has no pod template that this policy can judge'];
  }
  return member === 'data' ? configMapFaults(configMap.parse(inputs).data ?? {}) : [];
}

/**
 * Lets every object of the stack pass the policy before it is created or changed, at `pulumi preview` as well.
 *
 * The engine is handed an object's inputs only when they have passed; a fault ends the program.
 */
export function enforceObjectPolicy(): void {
  runtime.registerStackTransformation(checked);
}

const checked: ResourceTransformation = ({ type, name, props, opts }) => {
  const member = judgedMember(type);
  if (member === undefined) return undefined;
  const judged = output(props[member]).apply((value) => {
    const faults = objectFaults(type, { [member]: value });
    if (faults.length === 0) return value;
    const kind = type.split(':').at(-1);
    throw new RunError(`${kind} ${name} is not fit for production:\n  ${faults.join('\n  ')}`);
  });
  // The others stay as they are: an output of all would make all secret or unknown where one is.
  return { props: { ...props, [member]: judged }, opts };
};

function judgedMember(type: string): 'spec' | 'data' | undefined {
  if (/^kubernetes:(apps|batch)\//.test(type)) return 'spec';
  return type === 'kubernetes:core/v1:ConfigMap' ? 'data' : undefined;
}

function podFaults(pod: PodSpec): string[] {
  return [...(pod.initContainers ?? []), ...pod.containers].flatMap((one) =>
    containerFaults(one, pod).map((fault) => `container ${one.name} ${fault}`),
  );
}

function containerFaults({ image = '', env = [], resources, securityContext }: Container, pod: PodSpec): string[] {
  const nonRoot = securityContext?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
  const user = securityContext?.runAsUser ?? pod.securityContext?.runAsUser;
  const inClear = env.filter(({ name, value }) => value && secretName.test(name) && name !== publicPassword);
  return [
    ...(/@sha256:[0-9a-f]{64}$|:(?!latest$)[\w.-]+$/.test(image)
      ? []
      : [`has the image ${image || '(none)'}: name a tag other than latest, or a digest`]),
    ...(resources?.limits?.memory ? [] : ['has no memory limit: it could take the node with it; set one']),
    ...(nonRoot === true && user !== 0 ? [] : ['may run as root: set runAsNonRoot and a user']),
    ...inClear.map(({ name }) => `has ${name} in clear: take it from a Secret (valueFrom.secretKeyRef)`),
  ];
}

/**
 * API Manager's embedded record of what it has indexed, one per server, beside the index: losing it loses no data, and its password is a
 * published default.
 */
const indexRecord = /^\[database\.local\]\n(?:(?!\[).*\n)*/m;

function configMapFaults(data: Record<string, string>): string[] {
  const judged = Object.entries(data).map(([file, text]) => [file, text.replace(indexRecord, '')] as const);
  return judged.flatMap(([file, text]) => [
    ...(/jdbc:h2:/.test(text) ? [`${file} names an H2 database: set database to external`] : []),
    ...(/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ? [`${file} holds a private key: keep it in a Secret`] : []),
    ...(/^\s*(key_)?password\s*=\s*"(?!\$(?:env|ref)\{)[^"]+"/m.test(text)
      ? [`${file} holds a password in clear: give it by $env{} from a Secret`]
      : []),
  ]);
}
