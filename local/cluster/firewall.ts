import { command, commandReading } from './command.ts';
import { network } from './layout.ts';

/** The chains of a firewall, by table. */
export type Chains = Readonly<Record<string, readonly string[]>>;

/** Both firewalls' chains: IPv4's and IPv6's. */
export interface FirewallChains {
  readonly iptables: Chains;
  readonly ip6tables: Chains;
}

const families = ['iptables', 'ip6tables'] as const;
const builtIn = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
const mark = 'cdr-stack';

const marked = ['-m', 'comment', '--comment', mark];

const rules: readonly { readonly table: string; readonly rule: readonly string[] }[] = [
  // What pods send to the world leaves with this machine's address.
  {
    table: 'nat',
    rule: ['POSTROUTING', '-s', network.pods, '!', '-d', network.pods, ...marked, '-j', 'MASQUERADE'],
  },
  // Where forwarding is forbidden by default (Docker does that), pods may still talk.
  { table: 'filter', rule: ['FORWARD', '-i', network.bridge, ...marked, '-j', 'ACCEPT'] },
  { table: 'filter', rule: ['FORWARD', '-o', network.bridge, ...marked, '-j', 'ACCEPT'] },
];

/** The chains that there are, to know later which came with the cluster. None where iptables is not installed. */
export async function readChains(): Promise<FirewallChains> {
  const [iptables, ip6tables] = await Promise.all(families.map(async (family) => chainsOf(await save(family))));
  return { iptables: iptables ?? {}, ip6tables: ip6tables ?? {} };
}

/** Lets pods talk to each other and reach beyond this machine. */
export async function addRules(): Promise<void> {
  for (const { table, rule } of rules) {
    const present = await command('iptables', '-t', table, '-C', ...rule).then(
      () => true,
      () => false,
    );
    if (!present) await command('iptables', '-t', table, '-A', ...rule);
  }
}

/** Removes the chains and rules that came with the cluster, and leaves everybody else's. */
export async function cleanFirewall(before: FirewallChains): Promise<void> {
  for (const family of families) {
    const removal = removalOf(await save(family), before[family]);
    if (removal) await commandReading(removal, `${family}-restore`, '--noflush');
    for (const table of emptyTables(await save(family), before[family])) {
      // iptables makes a table on first use and has no way to take it back.
      const nftFamily = family === 'iptables' ? 'ip' : 'ip6';
      await command('nft', 'delete', 'table', nftFamily, table).catch(() => ''); // an old kernel's own tables stay
    }
  }
}

/** The tables that came with the cluster and have nothing left in them but their built-in chains. */
export function emptyTables(saved: string, before: Chains): string[] {
  const isEmpty = ({ name, chains, rules }: Table) =>
    before[name] === undefined && rules.length === 0 && chains.every((chain) => builtIn.has(chain));
  return parseTables(saved)
    .filter(isEmpty)
    .map(({ name }) => name);
}

/** What `iptables-restore --noflush` reads to remove the cluster's chains and every rule that leads to them. */
export function removalOf(saved: string, before: Chains): string {
  const removals = parseTables(saved).flatMap(({ name, chains, rules }) => {
    const ours = chains.filter((chain) => /^(KUBE|CNI)-/.test(chain) && !before[name]?.includes(chain));
    const leading = rules.filter(
      ({ chain, target, line }) =>
        !ours.includes(chain) && (ours.includes(target) || line.includes(`--comment ${mark} `)),
    );
    if (ours.length === 0 && leading.length === 0) return [];
    const lines = [
      `*${name}`,
      // Declaring a chain empties it; only an empty chain that nothing leads to can be deleted.
      ...ours.map((chain) => `:${chain} - [0:0]`),
      ...leading.map(({ line }) => line.replace(/^-A/, '-D')),
      ...ours.map((chain) => `-X ${chain}`),
      'COMMIT',
    ];
    return [`${lines.join('\n')}\n`];
  });
  return removals.join('');
}

interface Table {
  readonly name: string;
  readonly chains: string[];
  readonly rules: { readonly chain: string; readonly target: string; readonly line: string }[];
}

/** The output of `iptables-save`. */
function parseTables(saved: string): Table[] {
  return saved
    .split(/^\*/m)
    .slice(1)
    .map((section) => {
      const [name = '', ...lines] = section.split('\n');
      const table: Table = { name, chains: [], rules: [] };
      for (const line of lines) {
        const [, declared] = /^:(\S+)/.exec(line) ?? [];
        const [, chain] = /^-A (\S+)/.exec(line) ?? [];
        const [, target = ''] = / -[jg] (\S+)/.exec(line) ?? [];
        if (declared) table.chains.push(declared);
        if (chain) table.rules.push({ chain, target, line });
      }
      return table;
    });
}

/** Every table and rule; nothing where iptables is not installed. */
async function save(family: keyof FirewallChains): Promise<string> {
  return command(`${family}-save`).catch(() => '');
}

function chainsOf(saved: string): Chains {
  return Object.fromEntries(parseTables(saved).map(({ name, chains }) => [name, chains]));
}
