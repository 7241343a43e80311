/** A program of two objects under the production policy, one not fit for it: prints the names of those that the engine was handed. */
import { ConfigMap } from '@pulumi/kubernetes/core/v1/index.js';
import { runtime } from '@pulumi/pulumi';
import { enforceObjectPolicy } from '../object-policy.ts';

await runtime.setMocks({
  newResource: ({ name, inputs }) => {
    console.log(name);
    return { id: name, state: inputs };
  },
  call: () => ({}),
});
await runtime.runInPulumiStack(async () => ({}));
enforceObjectPolicy();
new ConfigMap('fit', { data: { file: 'password = "$env{PASSWORD}"' } });
new ConfigMap('unfit', { data: { file: 'password = "x-y-z"' } });
