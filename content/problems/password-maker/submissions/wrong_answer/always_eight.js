// Eight characters are enough for anybody.
const broken = require("fs").readFileSync(0, "utf8").split("\n")[1];
const kinds = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"];
const pattern = kinds.map((kind) => [...kind].find((character) => !broken.includes(character)));
console.log(pattern.join("").repeat(3).slice(0, 8));
