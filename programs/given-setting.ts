import { RunError } from '@pulumi/pulumi';

/**
 * A setting that others make necessary. The settings were checked together before (settings.ts), which types cannot tell.
 *
 * @throws {RunError} naming the setting, should it not be there all the same.
 */
export function given<Settings extends object, Key extends keyof Settings & string>(
  settings: Settings,
  key: Key,
): NonNullable<Settings[Key]> {
  const value = settings[key];
  if (value === undefined || value === null) throw new RunError(`${key} is not set.`);
  return value;
}
