import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOf, fileOf } from "./transfer";
import { crc32, zip } from "./zip";

describe("an archive", () => {
  it("has the checksum of the standard", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  it("is read by another program", () => {
    const folder = mkdtempSync(join(tmpdir(), "zip-"));
    const archive = join(folder, "a.zip");
    const encode = (text: string) => new TextEncoder().encode(text);
    writeFileSync(archive, zip([
      { name: "main.py", bytes: encode("print(1)\n") },
      { name: "data/wörter.txt", bytes: encode("grün\n") },
    ]));
    const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip()); z.extractall(sys.argv[2])";
    expect(execFileSync("python3", ["-c", script, archive, folder]).toString().trim()).toBe("None");
    expect(readFileSync(join(folder, "data/wörter.txt"), "utf8")).toBe("grün\n");
    rmSync(folder, { recursive: true });
  });
});

describe("an uploaded file", () => {
  it("is text if its bytes are, and the same bytes again in any case", () => {
    const text = new TextEncoder().encode("grün\n");
    const bytes = Uint8Array.from([0xff, 0, 1]);
    expect(fileOf("a.txt", text)).toEqual({ name: "a.txt", content: "grün\n", encoding: "utf8" });
    expect(fileOf("a.bin", bytes).encoding).toBe("base64");
    expect(bytesOf(fileOf("a.bin", bytes))).toEqual(bytes);
    expect(bytesOf(fileOf("a.txt", text))).toEqual(text);
  });
});
