/** Chooses as many sets of ports as it is told to, tells its parent, and keeps them until that lets go of it. */
import { freePorts, type Ports } from '../ports.ts';

const chosen: Ports[] = [];
for (let count = Number(process.argv[2]); count > 0; count -= 1) chosen.push(await freePorts());
process.once('disconnect', () => process.exit());
process.send?.(chosen);
