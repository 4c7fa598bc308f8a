// Colouring and indentation of languages. Stream modes, because they are a tenth of the size of full parsers, and all
// languages fit into the budget of the page.
import { StreamLanguage, type StreamParser } from "@codemirror/language";
import { c, clike, cpp, java } from "@codemirror/legacy-modes/mode/clike";
import { go } from "@codemirror/legacy-modes/mode/go";
import { javascript, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { perl } from "@codemirror/legacy-modes/mode/perl";
import { python } from "@codemirror/legacy-modes/mode/python";
import { ruby } from "@codemirror/legacy-modes/mode/ruby";
import { rust } from "@codemirror/legacy-modes/mode/rust";
import { shell } from "@codemirror/legacy-modes/mode/shell";

const words = (text: string) => Object.fromEntries(text.split(" ").map((word) => [word, true]));

const php = clike({
  name: "php",
  keywords: words(
    "abstract and array as break case catch class clone const continue declare default do echo else elseif extends final " +
      "finally fn for foreach function global if implements include instanceof interface match namespace new or print " +
      "private protected public readonly require return static switch throw trait try use var while xor yield",
  ),
  blockKeywords: words("catch do else elseif for foreach if switch try while finally"),
  atoms: words("true false null"),
  multiLineStrings: true,
  hooks: {
    $(stream: { eatWhile(pattern: RegExp): boolean }) {
      stream.eatWhile(/\w/);
      return "variable";
    },
    "#"(stream: { skipToEnd(): void }) {
      stream.skipToEnd();
      return "comment";
    },
    "<"(stream: { match(pattern: RegExp): unknown }) {
      return stream.match(/^\?(php|=)?/) ? "meta" : false;
    },
  },
});

const COMMENTS: Readonly<Record<string, object>> = {
  hash: { commentTokens: { line: "#" } },
  slashes: { commentTokens: { line: "//", block: { open: "/*", close: "*/" } } },
  dashes: { commentTokens: { line: "--" } },
};

function language(parser: StreamParser<unknown>, comments: keyof typeof COMMENTS) {
  const brackets = { closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } };
  return StreamLanguage.define({ ...parser, languageData: { ...parser.languageData, ...COMMENTS[comments], ...brackets } });
}

const LANGUAGES: Readonly<Record<string, StreamLanguage<unknown>>> = {
  python: language(python as StreamParser<unknown>, "hash"),
  javascript: language(javascript as StreamParser<unknown>, "slashes"),
  typescript: language(typescript as StreamParser<unknown>, "slashes"),
  java: language(java as StreamParser<unknown>, "slashes"),
  c: language(c as StreamParser<unknown>, "slashes"),
  cpp: language(cpp as StreamParser<unknown>, "slashes"),
  go: language(go as StreamParser<unknown>, "slashes"),
  rust: language(rust as StreamParser<unknown>, "slashes"),
  ruby: language(ruby as StreamParser<unknown>, "hash"),
  php: language(php as StreamParser<unknown>, "slashes"),
  lua: language(lua as StreamParser<unknown>, "dashes"),
  perl: language(perl as StreamParser<unknown>, "hash"),
  bash: language(shell as StreamParser<unknown>, "hash"),
};

/** Languages that are written with tabs or with two spaces. */
const INDENT: Readonly<Record<string, string>> = { go: "\t", javascript: "  ", typescript: "  ", ruby: "  ", bash: "  ", lua: "  " };

export function mode(language: string): StreamLanguage<unknown> | null {
  return LANGUAGES[language] ?? null;
}

export function indentation(language: string): string {
  return INDENT[language] ?? "    ";
}
