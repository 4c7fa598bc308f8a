// Takes for granted that the summit is neither the first nor the last marker.
const lines = require("readline").createInterface({ input: process.stdin });

async function main() {
  const next = lines[Symbol.asyncIterator]();
  const read = async () => Number((await next.next()).value);
  const height = (i) => {
    console.log(`? ${i}`);
    return read();
  };
  let low = 2;
  let high = (await read()) - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await height(middle)) < (await height(middle + 1))) low = middle + 1;
    else high = middle;
  }
  console.log(`! ${low}`);
  lines.close();
}

main();
