const [first, broken] = require("fs").readFileSync(0, "utf8").split("\n");
const n = Number(first);
let password = "";
// Make up a good password.

console.log(password);
