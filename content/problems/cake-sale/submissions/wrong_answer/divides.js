// 350 / 100 is printed as 3.5.
const [n, ...prices] = require("fs").readFileSync(0, "utf8").split("\n").map(Number);
let total = 0;
for (let i = 0; i < n; i++) total += prices[i];
console.log(total / 100);
