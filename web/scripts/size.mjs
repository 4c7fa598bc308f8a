// Budget of the pages, in kB of brotli: fails if a visit loads more script than it may. `npm run build` comes first.
import { readdir, readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Before typing and running work: what index.html names. */
const FIRST = 100;
/** Everything that one visit can load: of the modes of languages, which replace each other, the largest. */
const ALL = 200;

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const html = await readFile(`${DIST}index.html`, "utf8");
const sizeOf = async (name) => (await stat(`${DIST}assets/${name}.br`)).size / 1000;
const scripts = (await readdir(`${DIST}assets`)).filter((name) => name.endsWith(".js"));
const sizes = new Map(await Promise.all(scripts.map(async (name) => [name, await sizeOf(name)])));

let [first, all, mode] = [0, 0, 0];
for (const [name, size] of sizes) {
  const early = html.includes(name);
  if (early) first += size;
  if (name.startsWith("mode-")) mode = Math.max(mode, size);
  else all += size;
  console.log(`${size.toFixed(1).padStart(7)} kB  ${name}${early ? "  (first)" : ""}`);
}
all += mode;
for (const [label, size, budget] of [["first", first, FIRST], ["all", all, ALL]]) {
  console.log(`${label}: ${size.toFixed(1)} of ${budget} kB`);
  if (size > budget) process.exitCode = 1;
}
