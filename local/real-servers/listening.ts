import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** One TCP port at which a process waits for connections. */
export interface Listening {
  port: number;
  /** IPv4; `0.0.0.0` for every address. */
  address: string;
}

/**
 * The ports of the server that runs from a home, as Linux's `/proc` shows them, lowest first.
 *
 * @throws {Error} when no such process runs, or there is no `/proc`.
 */
export async function listeningOf(home: string): Promise<Listening[]> {
  const pid = await pidOf(home);
  const [sockets, ...tables] = await Promise.all([
    socketsOf(pid),
    ...['tcp', 'tcp6'].map((table) => readFile(join('/proc', pid, 'net', table), 'utf8')),
  ]);
  const all = tables.flatMap((table) => table.split('\n').slice(1)).flatMap((row) => listening(row, sockets));
  return [...new Map(all.map((one) => [`${one.port} ${one.address}`, one])).values()].sort((a, b) => a.port - b.port);
}

/** The Java VM, which start scripts stand before. */
async function pidOf(home: string): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) =>
      readFile(join('/proc', pid, 'cmdline'), 'utf8').then(
        (text) => text.split('\0'),
        () => [''],
      ),
    ),
  );
  const found = pids.find((_, index) => commands[index]?.includes(`-Dcarbon.home=${home}`));
  if (found === undefined) throw new Error(`no server runs from ${home}`);
  return found;
}

/** Inodes of its sockets. */
async function socketsOf(pid: string): Promise<Set<string>> {
  const directory = join('/proc', pid, 'fd');
  const links = await Promise.all(
    (await readdir(directory)).map((fd) => readlink(join(directory, fd)).catch(() => '')),
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** A row of `/proc/net/tcp` (proc_pid_net(5)), where it is of a socket of these that listens. */
function listening(row: string, sockets: ReadonlySet<string>): Listening[] {
  const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
  const [address = '', port = ''] = local.split(':');
  if (state !== '0A' || !sockets.has(inode)) return [];
  // The bytes of IPv4, last first, at the end; IPv6 has others before, as `::ffff:127.0.0.1` has.
  const bytes = Buffer.from(address.slice(-8), 'hex').reverse();
  return [{ port: Number.parseInt(port, 16), address: bytes.join('.') }];
}
