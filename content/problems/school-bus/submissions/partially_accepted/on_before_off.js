// Lets children on before the others have got off.
const numbers = require("fs").readFileSync(0, "utf8").split(/\s+/).map(Number);
const [seats, n] = numbers;
let onBus = 0;
let walk = 0;
let first = 0;
for (let stop = 1; stop <= n; stop++) {
  const [off, waiting] = numbers.slice(2 * stop, 2 * stop + 2);
  const boarding = Math.min(waiting, seats - onBus);
  onBus = Math.max(0, onBus + boarding - off);
  walk += waiting - boarding;
  if (boarding < waiting && first === 0) first = stop;
}
console.log(walk, first);
