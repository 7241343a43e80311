import { readFileSync } from 'node:fs';
import type { ServerHome } from '../../server-home.ts';
import type { Answer } from './faults.ts';
import { parseDefinition } from './mediation/definition.ts';
import { compileSequence, type Mediator } from './mediation/mediators.ts';
import type { Message } from './mediation/message.ts';

/** The sequence through which the gateway sends an answer of its own. */
export type FailureSequence = '_auth_failure_handler_' | 'main' | 'fault';

const folder = ['repository', 'deployment', 'server', 'synapse-configs', 'default', 'sequences'] as const;

/**
 * Reads the sequences of a home. The result finishes an answer: a header of the caller's message goes back with it unless the
 * sequence removes that header (the emulator does this for the header with the caller's certificate only).
 *
 * @throws {Error} for a sequence with a mediator that the emulator cannot run.
 */
export function openFailureSequences(
  home: ServerHome,
  certificateHeader: string,
): (name: FailureSequence, answer: Answer, message: Message, code?: number) => Promise<Answer> {
  const mediators: Record<FailureSequence, Mediator> = {
    _auth_failure_handler_: readSequence(home, '_auth_failure_handler_'),
    main: readSequence(home, 'main'),
    fault: readSequence(home, 'fault'),
  };
  return async (name, answer, message, code) => {
    const { 'www-authenticate': challenge, ...headers } = answer.headers;
    if (typeof challenge === 'string') message.headers.set('www-authenticate', challenge);
    if (code !== undefined) message.properties.set('ERROR_CODE', String(code));
    const answered = (await mediators[name](message)) === 'respond';
    for (const header of ['www-authenticate', certificateHeader]) {
      const value = message.headers.get(header);
      if (value !== undefined) headers[header] = value;
    }
    const { payload, axis2 } = message;
    // The sequence has answered, so the product does not: the handler stops where its sequence says so.
    if (answered && payload) {
      headers['content-type'] = payload.contentType;
      return { status: Number(axis2.get('HTTP_SC') ?? 200), headers, body: payload.body };
    }
    return { ...answer, headers };
  };
}

function readSequence(home: ServerHome, name: FailureSequence): Mediator {
  const file = home.file(...folder, `${name}.xml`);
  const problems: string[] = [];
  // A call of another sequence is the product's answer to browsers of other origins, which is not emulated.
  const elements = parseDefinition(readFileSync(file, 'utf8')).filter((element) => element.name !== 'sequence');
  const mediate = compileSequence(elements, problems);
  if (problems.length > 0) throw new Error(`${file}: ${problems.join('; ')}.`);
  return mediate;
}
