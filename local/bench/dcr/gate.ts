import { writeFileSync } from 'node:fs';
import { CONTEXT } from '../../emulator/api-manager/gateway/testing/running-gateway.ts';
import { bounded, type Measure, type Report } from '../measure.ts';
import { median, percentile } from '../statistics.ts';
import { startChild } from './child.ts';
import { aimedAt, atRate, type Shot } from './load.ts';
import { type RegisteringOptions, warmUps } from './registering.ts';
import type { Scene } from './scene.ts';
import { startService } from './service-process.ts';

const callsOfToken = 10;
const callsPerSecond = 100;

/**
 * Calls of a data API through the gateway, one behind the recipient gate and one without, in turn: what the gate adds to the median.
 * A recipient makes several calls with a token; the first of each is looked at in full.
 */
export async function measureGate(
  scene: Scene,
  { rounds, requests }: RegisteringOptions,
  report: Report,
): Promise<Measure[]> {
  const service = await startService(scene, scene.path('gate.sqlite'));
  const registering = scene.gunFor(service.url);
  const [body = ''] = await scene.signedRequests(1, 'gate');
  const { client_id: clientId } = JSON.parse(await registering.ask(scene.post(body))) as { client_id: string };
  registering.close();
  const task = scene.path('gateway.json');
  writeFileSync(task, JSON.stringify({ pki: scene.path('pki'), decisionUrl: `${service.url}/recipient-gate` }));
  const gateway = startChild('gateway.ts', [task]);
  const url = String((await gateway.said('ready')).url);
  const identity = {
    ca: scene.pem('cdr-root.pem'),
    cert: scene.pem('recipient.pem'),
    key: scene.pem('recipient.key'),
  };
  const added: number[] = [];
  try {
    for (let round = 1 - warmUps; round <= rounds; round++) {
      const shots: Shot[] = [];
      while (shots.length < 2 * requests) {
        const [gated, bare] = [
          await scene.dataCall(`${CONTEXT}/gated`, clientId),
          await scene.dataCall(`${CONTEXT}/bare`, clientId),
        ];
        for (let call = 0; call < callsOfToken; call++) shots.push(gated, bare);
      }
      // Another gun for each round: the gateway closes what is idle for five seconds.
      const gun = aimedAt(url, identity);
      const times = await atRate(gun, shots, callsPerSecond).finally(() => gun.close());
      const [gated, bare] = [0, 1].map((odd) => times.filter((_, index) => index % 2 === odd)) as [number[], number[]];
      const firsts = gated.filter((_, index) => index % callsOfToken === 0);
      const difference = median(gated) - median(bare);
      report(
        `gate, round ${round > 0 ? round : 'to warm up'}: ${median(gated).toFixed(2)} ms with it (95 %: ${percentile(gated, 0.95).toFixed(2)}, first calls ${median(firsts).toFixed(2)}), ` +
          `${median(bare).toFixed(2)} ms without (95 %: ${percentile(bare, 0.95).toFixed(2)})`,
      );
      if (round > 0) added.push(difference);
    }
  } finally {
    await Promise.all([service.stop(), gateway.stop()]);
  }
  return [
    bounded(
      { name: 'what the recipient gate adds to a call, median at 100 calls/s', value: median(added), unit: 'ms' },
      { atMost: 3 },
    ),
  ];
}
