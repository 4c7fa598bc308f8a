const lines = require("fs").readFileSync(0, "utf8").split("\n");
const n = Number(lines[0]);
let total = 0;
// The prices are lines[1] to lines[n]. Number(...) makes a number of a text.

console.log(total);
