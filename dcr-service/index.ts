/** The registration service of a CDR data holder. */
export { type DcrService, type Replacements, startDcrService } from './server.ts';
export { parseSettings, type Settings, SettingsError } from './settings.ts';
