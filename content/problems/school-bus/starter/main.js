const numbers = require("fs").readFileSync(0, "utf8").split(/\s+/).map(Number);
const [seats, n] = numbers;
let onBus = 0;
for (let stop = 1; stop <= n; stop++) {
  const off = numbers[2 * stop];
  const waiting = numbers[2 * stop + 1];
  // What happens at this stop?
}
console.log(0, 0);
