// Charges at the cheapest village in reach, the last one if there are several.
const [[n, k], prices] = require("fs")
  .readFileSync(0, "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(" ").map(Number));
let place = 0;
let cost = 0;
while (place + k <= n) {
  let best = place + 1;
  for (let next = place + 1; next <= place + k; next++) {
    if (prices[next - 1] <= prices[best - 1]) best = next;
  }
  place = best;
  cost += prices[place - 1];
}
console.log(cost);
