// Colouring of PHP, for which there is no stream mode: that of languages like C, with variables, comments and tags of PHP.
import { clike } from "@codemirror/legacy-modes/mode/clike";

const words = (text: string) => Object.fromEntries(text.split(" ").map((word) => [word, true]));

export const php = clike({
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
