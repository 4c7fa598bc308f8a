// Build of the pages into dist: the client, the prerendered HTML of `/` in each language, and compressed copies.
import { readdir, readFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const SERVER_BUILD = join(ROOT, ".prerender");
const TEXT = /\.(js|css|svg|json|txt|map|webmanifest)$/;

async function prerender() {
  await build({ root: ROOT, logLevel: "warn", build: { ssr: "src/prerender.tsx", outDir: SERVER_BUILD, copyPublicDir: false } });
  const { fragments } = await import(pathToFileURL(join(SERVER_BUILD, "prerender.js")).href);
  for (const { path, html } of fragments()) {
    const file = join(DIST, "prerendered", path);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, html);
  }
  await rm(SERVER_BUILD, { recursive: true });
}

/** The templates are filled in for each response, so the server compresses those itself. */
async function compress() {
  const names = await readdir(DIST, { recursive: true });
  for (const name of names.filter((name) => TEXT.test(name))) {
    const file = join(DIST, name);
    const content = await readFile(file);
    const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
    await writeFile(`${file}.br`, await promisify(brotliCompress)(content, best));
    await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
  }
}

await build({ root: ROOT, logLevel: "warn" });
await prerender();
await compress();
