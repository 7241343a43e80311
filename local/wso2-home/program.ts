import { fileURLToPath } from 'node:url';
import { jvmTlsOptions } from '../../programs/hardening/jvm-tls.ts';
import { type ProductHome, startScript } from './product-home.ts';

/** How one of WSO2's servers runs, as a separate process that reports its progress. */
export interface ProductProgram {
  entry: string;
  args: string[];
  /** How long it may take to end, in seconds: it gives the server a minute, and then kills it. */
  closeSeconds: number;
}

/** @param copy the home's copy, which may be written to. */
export function productProgram(home: ProductHome, copy: string): ProductProgram {
  return {
    entry: fileURLToPath(new URL('main.ts', import.meta.url)),
    args: ['--home', copy, '--script', startScript(home)],
    closeSeconds: 75,
  };
}

/**
 * A server that starts soon and has little to do: the first compiler only, and a collector of one thread. With it a pair on two
 * processors was up in 127 s, without it in 191 s.
 */
const startsSoon = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';

/**
 * What the start scripts read. Both options are the caller's where they are set, TLS aside; the heap is the scripts' own otherwise.
 *
 * @param argumentFile with options for java that no command line may show.
 */
export function productVariables(
  { java }: ProductHome,
  argumentFile?: string,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { JVM_MEM_OPTS, JAVA_OPTS = startsSoon } = env;
  return {
    JAVA_HOME: java.home,
    ...(JVM_MEM_OPTS !== undefined && { JVM_MEM_OPTS }),
    JAVA_OPTS: `${JAVA_OPTS} ${jvmTlsOptions}${argumentFile === undefined ? '' : ` @${argumentFile}`}`,
  };
}
