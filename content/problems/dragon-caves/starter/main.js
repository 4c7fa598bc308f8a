const lines = require("readline").createInterface({ input: process.stdin });

async function main() {
  const next = lines[Symbol.asyncIterator]();
  const read = async () => (await next.next()).value;

  const n = Number(await read());
  const cave = 1;
  console.log(cave);
  const answer = await read();
  // answer is "higher", "lower" or "gold". How do you go on?

  lines.close();
}

main();
