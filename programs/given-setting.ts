import { RunError } from '@pulumi/pulumi';

/**
 * A setting that other settings require. settings.ts has checked that it is set, but the types do not show it.
 *
 * @throws {RunError} naming the setting, if it is missing all the same.
 */
export function given<Settings extends object, Key extends keyof Settings & string>(
  settings: Settings,
  key: Key,
): NonNullable<Settings[Key]> {
  const value = settings[key];
  if (value === undefined || value === null) throw new RunError(`${key} is not set.`);
  return value;
}
