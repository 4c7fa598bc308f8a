const name = require("fs").readFileSync(0, "utf8").split("\n")[0];
// Now greet the visitor with console.log(...).
