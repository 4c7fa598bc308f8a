const [t0, e, k, t] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);
// After how many minutes? Math.log is the natural logarithm.
