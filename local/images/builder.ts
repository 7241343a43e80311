/** One build: what goes in, and what is to come of it. */
export interface BuildRequest {
  readonly dockerfile: string;
  readonly context: string;
  /** What the Dockerfile's stage `dependencies` would have made: the npm packages. */
  readonly dependencies: string;
  readonly reference: string;
  /** Written as `docker save` does. */
  readonly archive: string;
}

/** @throws Error with the words of the program that builds. */
export type Builder = (request: BuildRequest) => Promise<void>;
