import { spawn } from 'node:child_process';
import { command } from './command.ts';

/** What the cluster takes from Debian, and what for. */
export const debianPackages: Readonly<Record<string, string>> = {
  containerd: 'runs containers',
  runc: 'starts them',
  'containernetworking-plugins': 'connects them',
  iptables: 'Services, by kube-proxy',
  conntrack: 'Services, by kube-proxy',
  nftables: 'takes away what iptables leaves',
  iproute2: 'the bridge',
  buildah: 'builds images',
};

/** Where Debian's containernetworking-plugins are. */
export const networkPlugins = '/usr/lib/cni';

/** Whether a Debian package is installed; never where there is no dpkg. */
export async function isInstalled(name: string): Promise<boolean> {
  const facts = await command('dpkg-query', '--status', name).catch(() => '');
  return /^Status: .* installed$/m.test(facts);
}

/** The packages that are still to be installed. */
export async function missingPackages(): Promise<string[]> {
  const names = Object.keys(debianPackages);
  const installed = await Promise.all(names.map(isInstalled));
  return names.filter((_, index) => !installed[index]);
}

/** The message before packages are installed. */
export function announcement(missing: readonly string[]): string {
  const lines = missing.map((name) => `  ${name.padEnd(28)}${debianPackages[name]}`);
  return ['These Debian packages will be installed (they stay when the cluster goes):', ...lines].join('\n');
}

/**
 * Installs Debian packages; takes the longer way, with new package lists, only when the short one fails.
 * @throws Error with apt-get's own words.
 */
export async function installPackages(missing: readonly string[]): Promise<void> {
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if ((await aptGet(install)).code === 0) return;
  // What may be wrong: an installation that was interrupted, package lists that are old or missing.
  await command('dpkg', '--configure', '--pending').catch(() => '');
  await aptGet(['update']);
  const { code, words } = await aptGet(install);
  if (code !== 0) throw new Error(`apt-get ${install.join(' ')} failed (exit code ${code}):\n${words}`);
}

async function aptGet(args: readonly string[]): Promise<{ code: number | null; words: string }> {
  const child = spawn('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    words = (words + part).slice(-2000);
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { code, words: words.trim() };
}
