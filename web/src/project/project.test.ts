import { describe, expect, it } from "vitest";
import { fileNamed, nameProblem, project, renamed, submittedFiles, withContent, withFiles, without } from "./project";

const main = project("python", "main.py", "print(1)\n");
const text = { name: "data/words.txt", content: "a\n", encoding: "utf8" } as const;
const two = withFiles(main, [text]);

describe("a project", () => {
  it("adds files, and replaces those of the same name in their place", () => {
    expect(two.files.map((file) => file.name)).toEqual(["main.py", "data/words.txt"]);
    const replaced = withFiles(two, [{ ...text, content: "b\n" }, { ...text, name: "x.txt" }]);
    expect(replaced.files.map((file) => file.content)).toEqual(["print(1)\n", "b\n", "a\n"]);
  });

  it("keeps its main file", () => {
    expect(without(two, "main.py")).toBe(two);
    expect(without(two, "data/words.txt").files).toEqual(main.files);
  });

  it("is the same value when nothing changes", () => {
    expect(withContent(main, "main.py", "print(1)\n")).toBe(main);
  });

  it("renames a file", () => {
    expect(renamed(two, "data/words.txt", "w.txt").files[1]?.name).toBe("w.txt");
  });

  it("checks names as the server does", () => {
    const problems = ["", "main.py", ".hidden", "a/../b", "/a", "a\\b", "pkg/a.py", "main2.py"];
    expect(problems.map((name) => nameProblem(main, name))).toEqual([
      "empty", "taken", "invalid", "invalid", "invalid", "invalid", null, null,
    ]);
    expect(nameProblem(main, "main.py", "main.py")).toBe(null);
  });

  it("names the encoding only of files that are not text", () => {
    const bytes = withFiles(main, [{ name: "a.bin", content: "/w==", encoding: "base64" }]);
    expect(submittedFiles(bytes)).toEqual([
      { name: "main.py", content: "print(1)\n" },
      { name: "a.bin", content: "/w==", encoding: "base64" },
    ]);
  });

  it("finds the file of a place by its name without folders", () => {
    expect(fileNamed(two, "words.txt")).toBe(two.files[1]);
    expect(fileNamed(two, "none.txt")).toBeUndefined();
  });
});
