import { parseArgs } from 'node:util';
import { parseSettings, startDcrService } from '@cdr-stack/dcr-service';
import { type Logger, pino } from 'pino';
import { startApiManager } from '../emulator/api-manager/server.ts';
import type { Faults } from '../emulator/faults.ts';
import { startIdentityServer } from '../emulator/identity-server/server.ts';
import { startRegister } from '../register/server.ts';
import type { Server } from './servers.ts';

/** A server within this process: what the tests use, since they start dozens. */
export interface Started {
  /** What is to go wrong with its calls; of the emulator's servers. */
  readonly faults?: Faults;
  close(): Promise<void>;
}

/**
 * Starts a server from the same arguments and environment as its own process would get.
 *
 * @param logger takes what dcr-service logs; the other servers are silent.
 */
export function startInProcess(server: Server, logger: Logger = pino({ enabled: false })): Promise<Started> {
  const { args, env } = server;
  switch (server.name) {
    case 'api-manager':
      return startApiManager({ home: option(args, 'home'), env, ...definitions() });
    case 'identity-server':
      return startIdentityServer({ home: option(args, 'home'), env });
    case 'register':
      return startRegister({
        pki: option(args, 'pki'),
        registerPort: Number(option(args, 'register-port')),
        recipientPort: Number(option(args, 'recipient-port')),
      });
    case 'dcr-service':
      return startDcrService(parseSettings(env), { logger });
  }
}

/** WSO2's own REST definitions judge the emulator's answers when they are at hand. */
function definitions(): { openapiDirectory?: string } {
  const directory = process.env.WSO2_OPENAPI_DIR;
  return directory ? { openapiDirectory: directory } : {};
}

function option(args: string[], name: string): string {
  const { values } = parseArgs({ args, options: { [name]: { type: 'string' } }, strict: false });
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`--${name} is missing`);
  return value;
}
