import { readFileSync } from "fs";

const numbers = readFileSync(0, "utf8").split(/\s+/).map(Number);
const [seats, n] = numbers;
let onBus = 0;
let walk = 0;
let first = 0;
for (let stop = 1; stop <= n; stop++) {
  const [off, waiting] = numbers.slice(2 * stop, 2 * stop + 2);
  const boarding = Math.min(waiting, seats - onBus + off);
  onBus += boarding - off;
  walk += waiting - boarding;
  if (boarding < waiting && first === 0) first = stop;
}
console.log(walk, first);
