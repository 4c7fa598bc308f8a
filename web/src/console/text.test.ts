import { describe, expect, it } from "vitest";
import { append, type ConsoleText, EMPTY, isEmpty, plain, prompt } from "./text";

/** The text that stands in the console after these chunks. */
function shown(...chunks: string[]): string {
  return plain(written(...chunks));
}

function written(...chunks: string[]): ConsoleText {
  return chunks.reduce((text, chunk) => append(text, "stdout", chunk), EMPTY);
}

describe("console text", () => {
  it("keeps the unfinished line as the prompt", () => {
    expect(prompt(written("one\ntwo? "))).toBe("two? ");
    expect(prompt(written("one\n"))).toBe("");
  });

  it("overwrites from the start of the line after a carriage return", () => {
    expect(shown("10 %\r20 %")).toBe("20 %");
    expect(shown("loading\rdone")).toBe("doneing");
    expect(shown("a\r\nb\r\n")).toBe("a\nb\n");
    expect(shown("a\r", "\nb")).toBe("a\nb");
  });

  it("moves back with a backspace, and erases with the next character", () => {
    expect(shown("cat\b\bo")).toBe("cot");
    expect(shown("\b\bx")).toBe("x");
  });

  it("erases parts of the line", () => {
    expect(shown("abcdef\x1b[3D\x1b[K")).toBe("abc");
    expect(shown("abcdef\x1b[3D\x1b[1K")).toBe("   def");
    expect(shown("abc\x1b[2K\rx")).toBe("x");
    expect(shown("old\n\x1b[2J\x1b[Hnew")).toBe("new");
  });

  it("shows the question of Node's readline", () => {
    expect(shown("\x1b[1G", "\x1b[0J", "n? ", "\x1b[4G", "5\r\r\n")).toBe("n? 5\n");
  });

  it("colours text and resets", () => {
    const [red, rest] = written("\x1b[1;31mred\x1b[0m plain").current;
    expect(red).toEqual({ text: "red", source: "stdout", color: 1, bold: true });
    expect(rest).toEqual({ text: " plain", source: "stdout", color: null, bold: false });
    expect(written("\x1b[93mx").current[0]?.color).toBe(11);
    expect(written("\x1b[38;5;1;1mx").current[0]).toEqual({ text: "x", source: "stdout", color: null, bold: true });
  });

  it("drops other escape sequences, also when they come in parts", () => {
    expect(shown("a\x1b]0;title\x07b\x1b[?25lc\x1b(d")).toBe("abcd");
    expect(shown("a\x1b", "[3", "1mb")).toBe("ab");
    expect(shown("a\x07\x00b")).toBe("ab");
  });

  it("keeps the sources apart in one line", () => {
    const text = append(append(append(EMPTY, "stdout", "name? "), "input", "Ada"), "stderr", "!");
    expect(text.current.map((piece) => [piece.source, piece.text])).toEqual([
      ["stdout", "name? "],
      ["input", "Ada"],
      ["stderr", "!"],
    ]);
  });

  it("drops the oldest lines of a long output and counts them", () => {
    const text = written("line\n".repeat(12_345));
    expect(text.dropped).toBeGreaterThan(7_000);
    expect(text.dropped + text.blocks.length * 100 + text.recent.length).toBe(12_345);
  });

  it("breaks a line that is too long", () => {
    const text = written("x".repeat(25_000));
    expect(text.recent.length).toBe(2);
    expect(prompt(text).length).toBe(5_000);
  });

  it("is empty before anything is written", () => {
    expect(isEmpty(EMPTY)).toBe(true);
    expect(isEmpty(written("\n"))).toBe(false);
  });
});
