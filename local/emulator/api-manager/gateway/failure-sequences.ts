import { readFileSync } from 'node:fs';
import type { ServerHome } from '../../server-home.ts';
import type { Answer } from './faults.ts';
import { parseDefinition } from './mediation/definition.ts';
import { compileSequence } from './mediation/mediators.ts';
import type { Message } from './mediation/message.ts';

/** The sequence through which the gateway sends an answer of its own. */
export type FailureSequence = '_auth_failure_handler_' | 'main' | 'fault';

const folder = ['repository', 'deployment', 'server', 'synapse-configs', 'default', 'sequences'] as const;

/**
 * Reads the sequences of a home. The result finishes an answer: it takes the caller's message, whose headers go back with the
 * answer unless the sequence removes them (of these only the one that names the caller's certificate is imitated).
 *
 * @throws {Error} for a sequence with a mediator that the emulator cannot run.
 */
export function openFailureSequences(
  home: ServerHome,
  certificateHeader: string,
): (name: FailureSequence, answer: Answer, message: Message, code?: number) => Answer {
  const [refusal, main, fault] = (['_auth_failure_handler_', 'main', 'fault'] as const).map((name) => {
    const file = home.file(...folder, `${name}.xml`);
    const problems: string[] = [];
    // The product's own sequence for browsers of other origins: what it answers is not imitated.
    const elements = parseDefinition(readFileSync(file, 'utf8')).filter(({ name }) => name !== 'sequence');
    const mediate = compileSequence(elements, problems);
    if (problems.length > 0) throw new Error(`${file}: ${problems.join('; ')}.`);
    return mediate;
  });
  const mediators = { _auth_failure_handler_: refusal, main, fault };

  return (name, answer, message, code) => {
    const challenge = answer.headers['www-authenticate'];
    if (typeof challenge === 'string') message.headers.set('WWW-Authenticate', challenge);
    if (code !== undefined) message.properties.set('ERROR_CODE', String(code));
    mediators[name]?.(message);
    const { 'www-authenticate': _, ...others } = answer.headers;
    const headers = { 'www-authenticate': 'WWW-Authenticate', [certificateHeader]: certificateHeader };
    for (const [name, sent] of Object.entries(headers)) {
      const value = message.headers.get(sent);
      if (value !== undefined) others[name] = value;
    }
    return { ...answer, headers: others };
  };
}
