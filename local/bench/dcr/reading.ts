import { writeFileSync } from 'node:fs';
import { compared, type Measure, type Report } from '../measure.ts';
import { median, spread } from '../statistics.ts';
import { startChild } from './child.ts';
import { flatOut, type Shot } from './load.ts';
import { type RegisteringOptions, warmUps } from './registering.ts';
import type { Scene } from './scene.ts';
import { startService } from './service-process.ts';

/**
 * GET /register/{ClientId} against the same HTTP server that checks the same token and then answers a constant: what
 * the store, the certificate and the rest of the service cost.
 */
export async function measureReading(
  scene: Scene,
  { concurrency, rounds, requests }: RegisteringOptions,
  report: Report,
): Promise<Measure[]> {
  const service = await startService(scene, scene.path('reading.sqlite'));
  const gun = scene.gunFor(service.url);
  const [body = ''] = await scene.signedRequests(1, 'read');
  const answer = JSON.parse(await gun.ask(scene.post(body))) as { client_id: string };
  const task = scene.path('constant.json');
  writeFileSync(
    task,
    JSON.stringify({
      certificate: scene.pem('dcr-service.pem'),
      key: scene.pem('dcr-service.key'),
      gatewayAuthorities: scene.pem('cdr-root.pem'),
      gatewayNames: [scene.service.DCR_GATEWAY_NAMES],
      tokenKey: scene.tokenKey,
      thumbprint: scene.thumbprint,
      answer,
    }),
  );
  const constant = startChild('constant-server.ts', [task]);
  const constantGun = scene.gunFor(String((await constant.said('ready')).url));

  // Each with a token of its own: a recipient has several, and a cache of verified ones would not know them.
  const shots: Shot[] = [];
  for (let index = 0; index < requests; index++) shots.push(await scene.manage('GET', answer.client_id, 200));
  const ofService: number[] = [];
  const ofConstant: number[] = [];
  try {
    for (let round = 1 - warmUps; round <= rounds; round++) {
      const served = await flatOut(gun, shots, concurrency);
      const bare = await flatOut(constantGun, shots, concurrency);
      report(
        `GET, round ${round > 0 ? round : 'to warm up'}: service ${served.toFixed(0)}/s, constant ${bare.toFixed(0)}/s`,
      );
      if (round < 1) continue;
      ofService.push(served);
      ofConstant.push(bare);
    }
  } finally {
    gun.close();
    constantGun.close();
    await Promise.all([service.stop(), constant.stop()]);
  }
  report(`GET: service ${spread(ofService)}/s, constant ${spread(ofConstant)}/s`);
  return [
    compared(
      {
        name: 'GET /register/{ClientId}, against the same server answering a constant',
        value: median(ofService),
        unit: 'requests/s',
        reference: median(ofConstant),
      },
      { atLeast: 0.6 },
    ),
  ];
}
