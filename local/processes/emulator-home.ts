import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GenerationName, generations } from '../../programs/products.ts';

const apiManagerStandIn = fileURLToPath(new URL('../emulator/api-manager/home', import.meta.url));

/** The files in a generation's image from which the emulator derives its behaviour: version, the accelerator's artefacts, and templates. */
export async function layEmulatorHome(
  home: string,
  product: 'apiManager' | 'identityServer',
  generation: GenerationName,
): Promise<void> {
  const name = product === 'apiManager' ? 'API Manager' : 'Identity Server';
  const { version } = generations[generation][product];
  const files = [[join('bin', 'version.txt'), `WSO2 ${name} v${version}\n`]];
  // Stands for the accelerator's jars, which an image is derived with.
  if (generations[generation].accelerator) {
    files.push([join('repository', 'components', 'dropins', 'com.wso2.openbanking.accelerator.stand-in.jar'), '']);
  }
  for (const [file = '', content = ''] of files) {
    await mkdir(dirname(join(home, file)), { recursive: true });
    await writeFile(join(home, file), content);
  }
  // The templates are the image's: laid anew each time, so that the init steps meet what a new pod would.
  if (product === 'apiManager') await cp(apiManagerStandIn, home, { recursive: true });
}
