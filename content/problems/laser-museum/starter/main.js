const [size, ...hall] = require("fs").readFileSync(0, "utf8").trim().split("\n");
const [rows, columns] = size.split(" ").map(Number);
// hall[row][column] is a tile. When can she be at the exit?
