import { Secret } from '@pulumi/kubernetes/core/v1/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { addresses } from '../addresses.ts';
import { hardenedContainer } from '../pods/hardening.ts';
import { partLabels } from '../pods/labels.ts';
import { containerProbes } from '../pods/probes.ts';
import type { Sizes } from '../pods/sizes.ts';
import { createWorkload } from '../pods/workload.ts';

export interface RegisterArgs {
  namespace: Input<string>;
  image: string;
  sizes: Sizes;
  /** Whom the test recipient's requests are for. */
  issuer: string;
  /** The generated PKI that it plays its roles with, by file name. */
  pki: Output<Record<string, string>>;
}

/** The user of the emulator's image. */
const user = 10001;
const ports = { register: 8443, recipient: 8444 } as const;
const pkiMount = '/run/cdr-stack/pki';

/** A stand-in for the CDR Register, and a test recipient beside it in the same pod: only for throw-away environments. */
export class Register extends ComponentResource {
  /** The test recipient's own server. */
  readonly recipientUrl = addresses.recipient;

  constructor(name: string, args: RegisterArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Register', name, {}, options);
    const { namespace, sizes } = args;
    const part = 'register';
    const pki = new Secret(
      `${part}-pki`,
      { metadata: { namespace, labels: partLabels(part) }, immutable: true, type: 'Opaque', stringData: args.pki },
      { parent: this },
    );
    createWorkload(this, {
      part,
      namespace,
      user,
      services: { register: { https: ports.register }, recipient: { https: ports.recipient } },
      terminationGraceSeconds: 10,
      startupSeconds: sizes.startupSeconds,
      containers: [
        {
          name: part,
          image: args.image,
          command: registerCommand(args.issuer),
          ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
          ...containerProbes(
            {
              startup: { tcp: ports.recipient },
              liveness: { tcp: ports.register },
              readiness: { https: ports.register, path: '/cdr-register/v1/jwks' },
            },
            sizes.startupSeconds,
          ),
          resources: sizes.register.resources,
          securityContext: hardenedContainer(),
          volumeMounts: [{ name: 'pki', mountPath: pkiMount, readOnly: true }],
        },
      ],
      volumes: [{ name: 'pki', secret: { secretName: pki.metadata.name, defaultMode: 0o440 } }],
    });
    this.registerOutputs({ recipientUrl: this.recipientUrl });
  }
}

/** The emulator's image holds this project's files in /opt/cdr-stack; its entrypoint, which this replaces, is that of a WSO2 server. */
function registerCommand(issuer: string): string[] {
  const options = {
    host: '0.0.0.0',
    pki: pkiMount,
    'register-port': `${ports.register}`,
    'recipient-port': `${ports.recipient}`,
    'register-url': addresses.register,
    'recipient-url': addresses.recipient,
    'data-holder-issuer': issuer,
  };
  return [
    'node',
    '/opt/cdr-stack/local/register/main.ts',
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  ];
}
