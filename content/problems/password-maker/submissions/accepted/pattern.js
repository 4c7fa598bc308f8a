const [first, broken] = require("fs").readFileSync(0, "utf8").split("\n");
const kinds = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"];
const pattern = kinds.map((kind) => [...kind].find((character) => !broken.includes(character)));
let password = "";
for (let i = 0; i < Number(first); i++) password += pattern[i % 3];
console.log(password);
