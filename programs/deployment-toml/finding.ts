/** What is wrong with a deployment.toml, and where. Values of secrets are in none. */
export interface Finding {
  /** Dotted path of the key; entries of an array by their numbers. */
  key: string;
  message: string;
}
