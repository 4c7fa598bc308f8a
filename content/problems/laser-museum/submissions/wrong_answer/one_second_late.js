// Looks at the lasers of the second in which she leaves, not of that in which she comes.
const [size, ...hall] = require("fs").readFileSync(0, "utf8").trim().split("\n");
const [rows, columns] = size.split(" ").map(Number);
const row = hall.findIndex((line) => line.includes("S"));
const todo = [[row, hall[row].indexOf("S"), 0]];
const visited = new Set();
let answer = "never";
for (const [r, c, second] of todo) {
  if (hall[r][c] === "E") {
    answer = second;
    break;
  }
  for (const [a, b] of [[r, c], [r + 1, c], [r - 1, c], [r, c + 1], [r, c - 1]]) {
    const tile = hall[a]?.[b] ?? "#";
    if (tile === "#" || tile === String(second % 3)) continue;
    const key = `${a} ${b} ${(second + 1) % 3}`;
    if (!visited.has(key)) {
      visited.add(key);
      todo.push([a, b, second + 1]);
    }
  }
}
console.log(answer);
