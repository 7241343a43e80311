import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import {
  deployedApi,
  fakeRuntime,
  operation,
  policy,
  runGateway,
} from '../../emulator/api-manager/gateway/testing/running-gateway.ts';
import { openPki } from '../../pki/pki.ts';

/** The emulated gateway with a data API of two operations, one behind the recipient gate and one without, and what is behind them. */
const task = z
  .object({ pki: z.string(), decisionUrl: z.string() })
  .parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const pki = await openPki(task.pki);
const { certificate: cert, key } = pki.parties.dcrService;
const body = '{"data":{"accounts":[]}}';
const backend = createServer({ cert, key, keepAliveTimeout: 120_000 }, (_request, response) =>
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body),
);
await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
const shipped = readFileSync(new URL('../../../apis/recipient-gate/policy.xml.j2', import.meta.url), 'utf8');
const gate = policy(shipped.replace('{{decisionUrl}}', task.decisionUrl));
const runtime = fakeRuntime([
  deployedApi(`https://localhost:${(backend.address() as AddressInfo).port}`, [
    operation('GET', '/gated', { request: [gate] }),
    operation('GET', '/bare'),
  ]),
]);
const gateway = await runGateway(pki, runtime);
console.log(JSON.stringify({ event: 'ready', url: `https://localhost:${gateway.port}` }));
