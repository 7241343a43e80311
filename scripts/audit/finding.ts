import type { Severity } from '../../programs/hardening/row.ts';

export type AuditedServer = 'api-manager' | 'identity-server' | 'gateway';

/** What came of one question. */
export interface Finding {
  server: AuditedServer;
  /** Kebab case or, where a row of the hardening baseline is judged, its key; together with `server` and `by` it is unique. */
  question: string;
  /** What the question is about, as a noun. */
  subject: string;
  standing: 'open' | 'shut' | 'cannot tell';
  severity: Severity;
  /** What was seen, or why nothing was. It never holds a secret. */
  found: string;
  /** What an open door means. */
  consequence: string;
  /** How to shut it. */
  cure: string;
  /** Key of the hardening baseline's row, where there is one. */
  row?: string;
  by: 'asking' | 'deployment.toml';
}

/** What a question is about, before it is asked. */
export type Question = Omit<Finding, 'standing' | 'found'>;

/** What an answer makes of a question. */
export type Verdict = Pick<Finding, 'standing' | 'found'>;
