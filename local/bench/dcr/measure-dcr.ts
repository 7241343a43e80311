import type { Measure, Report } from '../measure.ts';
import { measureGate } from './gate.ts';
import { measureMany } from './many-registrations.ts';
import { measureMemory } from './memory.ts';
import { measureOnPostgres } from './on-postgres.ts';
import { measureReading } from './reading.ts';
import { measureRegistering } from './registering.ts';
import { type Scene, setScene } from './scene.ts';

export interface DcrOptions {
  /** Which are measured, in this order. */
  readonly parts: readonly Part[];
  readonly concurrency: number;
  readonly rounds: number;
  readonly requests: number;
  readonly registrations: number;
  readonly minutes: number;
}

export const parts = ['register', 'postgres', 'read', 'gate', 'many', 'memory'] as const;
export type Part = (typeof parts)[number];

type Measuring = (scene: Scene, options: DcrOptions, report: Report) => Promise<Measure[]>;

const measuring: Readonly<Record<Part, Measuring>> = {
  register: (scene, options, report) => {
    const places = { name: 'SQLite', service: scene.path('service.sqlite'), bare: scene.path('bare.sqlite') } as const;
    return measureRegistering(scene, places, options, report);
  },
  postgres: measureOnPostgres,
  read: measureReading,
  gate: measureGate,
  many: (scene, options, report) =>
    measureMany(scene, { ...options, requests: Math.min(options.requests, 200) }, report),
  memory: measureMemory,
};

/** What the registration service must show. Every part starts its own processes, with the service as deployed. */
export async function measureDcr(options: DcrOptions, report: Report): Promise<Measure[]> {
  const scene = await setScene();
  try {
    const measures: Measure[] = [];
    for (const part of options.parts) measures.push(...(await measuring[part](scene, options, report)));
    return measures;
  } finally {
    await scene.close();
  }
}
