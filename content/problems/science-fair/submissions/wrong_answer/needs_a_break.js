// Has a room free only in the minute after a talk.
const [n, ...numbers] = require("fs").readFileSync(0, "utf8").split(/\s+/).map(Number);
const talks = Array.from({ length: n }, (_, i) => ({ i, start: numbers[2 * i], end: numbers[2 * i + 1] }));
const ends = [];
const rooms = new Array(n);
for (const { i, start, end } of talks.sort((a, b) => a.start - b.start)) {
  let room = ends.findIndex((until) => until < start);
  if (room < 0) room = ends.length;
  ends[room] = end;
  rooms[i] = room + 1;
}
console.log(`${ends.length}\n${rooms.join(" ")}`);
