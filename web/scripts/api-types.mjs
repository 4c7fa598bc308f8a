// Types of the API, generated from docs/openapi.json into src/api/schema.d.ts.
// `npm run api` writes the file; `npm run api:check` fails if it differs from what would be written.
import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const DESCRIPTION = new URL("../../docs/openapi.json", import.meta.url);
const TYPES = new URL("../src/api/schema.d.ts", import.meta.url);
const HEADER = "// Generated from docs/openapi.json by `npm run api`. Do not edit.\n\n";

const types = HEADER + astToString(await openapi(DESCRIPTION));
if (!process.argv.includes("--check")) {
  await writeFile(TYPES, types);
} else if (types !== (await readFile(TYPES, "utf8"))) {
  console.error("src/api/schema.d.ts does not fit docs/openapi.json: run `npm run api` in web/ and commit the file");
  process.exitCode = 1;
}
