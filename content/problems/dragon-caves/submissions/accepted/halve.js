const lines = require("readline").createInterface({ input: process.stdin });

async function main() {
  const next = lines[Symbol.asyncIterator]();
  const read = async () => (await next.next()).value;

  let low = 1;
  let high = Number(await read());
  for (;;) {
    const middle = Math.floor((low + high) / 2);
    console.log(middle);
    const answer = await read();
    if (answer === "gold") break;
    if (answer === "higher") low = middle + 1;
    else high = middle - 1;
  }
  lines.close();
}

main();
