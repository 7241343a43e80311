/** What an emulated server remembers over a restart: JSON values by kind and id, in the order of their first `put`. */
export interface State {
  get<T>(kind: string, id: string): T | undefined;
  put<T>(kind: string, id: string, value: T): void;
  /** Whether there was something to remove. */
  remove(kind: string, id: string): boolean;
  list<T>(kind: string): T[];
}
