import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';

/** A server's installation directory: its files and its deployment.toml, read once as a real server does at start. */
export interface ServerHome {
  readonly path: string;
  /** The value at a dotted path such as `apim.oauth_config.enable_outbound_auth_header`, or undefined. */
  setting<T = unknown>(path: string): T | undefined;
  /** As `setting`, but throws with the key and the file when there is no value. */
  required<T = unknown>(path: string): T;
  file(...segments: string[]): string;
}

type Environment = Record<string, string | undefined>;

/**
 * Reads `repository/conf/deployment.toml` below `path` and resolves `$env{NAME}` and `$ref{a.b}` in its strings.
 * Throws when the file cannot be read or parsed, or names a variable that is not set or a key that does not exist.
 */
export function openServerHome(path: string, env: Environment): ServerHome {
  const tomlFile = join(path, 'repository', 'conf', 'deployment.toml');
  const raw = parseToml(tomlFile);
  const settings = resolvePlaceholders(raw, '', { raw, env, tomlFile, following: [] });

  const setting = <T>(key: string): T | undefined => lookUp(settings, key.split('.')) as T | undefined;
  return {
    path,
    setting,
    required<T>(key: string): T {
      const value = setting<T>(key);
      if (value === undefined)
        throw new Error(`${tomlFile} has no ${key}: add it, this server does not start without.`);
      return value;
    },
    file: (...segments) => join(path, ...segments),
  };
}

function parseToml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`Cannot read ${file}: a server home needs its deployment.toml there.`, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`${file} is not valid TOML: ${(cause as Error).message}`, { cause });
  }
}

/** Walks a dotted path; a key may itself hold dots (`"http.headers.preserve"`), so the longest match is tried first. */
function lookUp(node: unknown, segments: string[]): unknown {
  if (segments.length === 0) return node;
  if (typeof node !== 'object' || node === null) return undefined;
  const table = node as Record<string, unknown>;
  for (let length = segments.length; length > 0; length -= 1) {
    const key = segments.slice(0, length).join('.');
    if (!Object.hasOwn(table, key)) continue;
    const found = lookUp(table[key], segments.slice(length));
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Resolution {
  raw: unknown;
  env: Environment;
  tomlFile: string;
  following: string[];
}

function resolvePlaceholders(node: unknown, key: string, resolution: Resolution): unknown {
  if (typeof node === 'string') return resolveText(node, key, resolution);
  if (Array.isArray(node)) return node.map((item, index) => resolvePlaceholders(item, `${key}[${index}]`, resolution));
  if (typeof node === 'object' && node !== null && !(node instanceof Date)) {
    return Object.fromEntries(
      Object.entries(node).map(([name, value]) => [
        name,
        resolvePlaceholders(value, key ? `${key}.${name}` : name, resolution),
      ]),
    );
  }
  return node;
}

function resolveText(text: string, key: string, resolution: Resolution): unknown {
  const { raw, env, tomlFile, following } = resolution;
  const followed = (name: string): unknown => {
    if (following.includes(name)) throw new Error(`${tomlFile}: ${key} refers to itself by way of $ref{${name}}.`);
    const target = lookUp(raw, name.split('.'));
    if (target === undefined) throw new Error(`${tomlFile}: ${key} refers to $ref{${name}}, which is not there.`);
    return resolvePlaceholders(target, name, { ...resolution, following: [...following, name] });
  };
  // A value that is nothing but a reference keeps the type of what it refers to.
  const alone = /^\$ref\{([^}]+)\}$/.exec(text)?.[1];
  if (alone !== undefined) return followed(alone);
  return text.replace(/\$(env|ref)\{([^}]+)\}/g, (_, source: string, name: string) => {
    if (source === 'ref') return String(followed(name));
    const value = env[name];
    if (value === undefined) throw new Error(`${tomlFile}: ${key} needs the environment variable ${name}: set it.`);
    return value;
  });
}
