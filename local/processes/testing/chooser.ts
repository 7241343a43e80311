/** Chooses the given number of sets of ports, reports them to its parent, and keeps them until the parent disconnects. */
import { freePorts, type Ports } from '../ports.ts';

const chosen: Ports[] = [];
for (let count = Number(process.argv[2]); count > 0; count -= 1) chosen.push(await freePorts());
process.once('disconnect', () => process.exit());
process.send?.(chosen);
