import { readdir, readFile } from 'node:fs/promises';

/** What Pulumi starts: providers, the language host, and the program in it. Each in a process group of its own, so that killing Pulumi's spares them. */
const plugin = /pulumi-resource-|pulumi-language-|language-host\/main\.ts|@pulumi\/pulumi\/cmd\/run/;

/**
 * Ends what a Pulumi that was killed has left running: providers go on for minutes without it. To be called when no Pulumi is at
 * work on the backend.
 *
 * @param backend the directory of the file backend, by which its processes are known: it is in their environment.
 */
export async function endPlugins(backend: string): Promise<void> {
  for (const pid of await pluginsOf(backend)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** The processes that a Pulumi has started on a backend. */
export async function pluginsOf(backend: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const ours = await Promise.all(
    pids.map(async (pid) => {
      const [commandLine = '', environment = ''] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      return plugin.test(commandLine) && environment.split('\0').includes(`PULUMI_BACKEND_URL=file://${backend}`);
    }),
  );
  return pids.filter((_, index) => ours[index]).map(Number);
}
