import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../../../programs/testing/temporary-directory.ts';

/** Files by their path. */
export type Files = Record<string, string>;

export function writeFiles(directory: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    if (content.startsWith('#!')) chmodSync(file, 0o755);
  }
}

/**
 * A JAVA_HOME whose java says its version, and in place of H2's RunScript copies the script to the database's file.
 *
 * @returns where it is.
 */
export function standInJava(version = '17.0.15'): string {
  const home = temporaryDirectory();
  const java = `#!/bin/sh
if [ "$1" = -version ]; then echo 'openjdk version "${version}" 2025-04-15' >&2; exit; fi
while [ $# -gt 0 ]; do
  case $1 in -url) url=\${2#jdbc:h2:} ;; -script) script=$2 ;; esac
  shift
done
for file in $(sed "s/^RUNSCRIPT FROM '//; s/'.*//" "$script"); do cat "$file" || { echo "Exception: no $file" >&2; exit 1; }; done > "$url.mv.db"
`;
  writeFiles(home, { 'bin/java': java });
  return home;
}

/** What a server's start script does here, beside naming the versions of Java that it supports. */
const script = (does: string) => `#!/bin/sh
# supported only between JDK 11 and JDK 21
${does}
`;

/** A home that is laid out as an unpacked Identity Server 7.1.0 is, with nothing of WSO2's in it. */
export function standInHome(files: Files = {}, does = 'sleep 60'): string {
  const home = temporaryDirectory();
  writeFiles(home, {
    'bin/version.txt': 'WSO2 Identity Server v7.1.0\n',
    'bin/wso2server.sh': script(does),
    'dbscripts/h2.sql': 'shared\n',
    'dbscripts/identity/h2.sql': 'identity\n',
    'dbscripts/consent/h2.sql': 'consent\n',
    'repository/components/plugins/h2-engine_2.2.224.jar': '',
    'repository/conf/deployment.toml': 'as unpacked\n',
    ...files,
  });
  return home;
}
