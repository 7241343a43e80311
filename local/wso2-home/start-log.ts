/** What a server's log says of its start, line by line. */
export interface StartLog {
  /** Takes a line: `started` when it says so, `hopeless` when the server goes on without what it cannot start without. */
  take(line: string): 'started' | 'hopeless' | undefined;
  /** What the server last said that it is doing. */
  latest(): string | undefined;
  /** Why it did not start, as far as its log shows; a few lines at most. */
  reason(): string | undefined;
}

// Identity Server: [time] [correlation id]  INFO {org.wso2.carbon.Component} - Message
// API Manager:     [time]  INFO - Component Message
const entry = /\b(INFO|WARN|ERROR|FATAL) +(?:\{([^}]*)\} - |- (\w+) )(.*)$/;

// The first line of an uncaught stack trace, or of its cause.
const thrown =
  /^(?:Exception in thread "[^"]*" |Caused by: )?((?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error))(?:: (.*))?$/;

// A bundle that everything else waits for, for ever.
const hopeless = /^Cannot start .* bundle/;

/** Reads the log of a server that is built on WSO2 Carbon. */
export function readStartLog(): StartLog {
  let latest: string | undefined;
  const errors: string[] = [];
  return {
    take(line) {
      const [, level, long, short, message = ''] = entry.exec(line) ?? [];
      if (level === 'INFO') latest = message.slice(0, 90);
      if (level === 'ERROR' || level === 'FATAL') note(errors, message);
      const [, exception, words] = thrown.exec(line.trim()) ?? [];
      const name = exception?.replace(/^.*\./, '') ?? '';
      if (words !== undefined) note(errors, `${name}: ${words}`);
      // An exception without words wraps another; an error says enough by its name.
      else if (name.endsWith('Error')) note(errors, name);
      if (level === 'FATAL' || (level === 'ERROR' && hopeless.test(message))) return 'hopeless';
      const component = long ?? short ?? '';
      return component.endsWith('StartupFinalizerServiceComponent') && message.startsWith('WSO2 Carbon started in')
        ? 'started'
        : undefined;
    },
    latest: () => latest,
    reason: () => (errors.length > 0 ? errors.join('\n') : undefined),
  };
}

/** The first errors are kept: what comes after them follows from them. */
function note(errors: string[], text: string): void {
  const known = errors.some((error) => error.includes(text) || text.includes(error));
  if (!known && errors.length < 4) errors.push(text.slice(0, 400));
}
