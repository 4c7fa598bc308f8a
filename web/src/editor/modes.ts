// Colouring and indentation of languages: stream modes, a tenth of the size of full parsers, each loaded when it is needed.
import { LanguageSupport, StreamLanguage, type StreamParser } from "@codemirror/language";

type Loader = () => Promise<StreamParser<unknown>>;

// Parsers differ in their state, which nothing here looks at.
const parser = (value: unknown) => value as StreamParser<unknown>;

const javascript = () => import("@codemirror/legacy-modes/mode/javascript");
const clike = () => import("@codemirror/legacy-modes/mode/clike");

const LOADERS: Readonly<Record<string, Loader>> = {
  python: async () => parser((await import("@codemirror/legacy-modes/mode/python")).python),
  javascript: async () => parser((await javascript()).javascript),
  typescript: async () => parser((await javascript()).typescript),
  java: async () => parser((await clike()).java),
  c: async () => parser((await clike()).c),
  cpp: async () => parser((await clike()).cpp),
  php: async () => parser((await import("./php")).php),
  go: async () => parser((await import("@codemirror/legacy-modes/mode/go")).go),
  rust: async () => parser((await import("@codemirror/legacy-modes/mode/rust")).rust),
  ruby: async () => parser((await import("@codemirror/legacy-modes/mode/ruby")).ruby),
  lua: async () => parser((await import("@codemirror/legacy-modes/mode/lua")).lua),
  perl: async () => parser((await import("@codemirror/legacy-modes/mode/perl")).perl),
  bash: async () => parser((await import("@codemirror/legacy-modes/mode/shell")).shell),
};

const HASH = ["python", "ruby", "perl", "bash"];
/** Languages that are written with tabs or with two spaces. */
const INDENT: Readonly<Record<string, string>> = { go: "\t", javascript: "  ", typescript: "  ", ruby: "  ", bash: "  ", lua: "  " };

/** The mode of a language, or null if there is none. */
export async function loadMode(language: string): Promise<LanguageSupport | null> {
  const load = LOADERS[language];
  if (!load) return null;
  const mode = await load();
  const languageData = {
    ...mode.languageData,
    commentTokens: commentTokens(language),
    closeBrackets: { brackets: ["(", "[", "{", "'", '"'] },
  };
  return new LanguageSupport(StreamLanguage.define({ ...mode, languageData }));
}

export function indentation(language: string): string {
  return INDENT[language] ?? "    ";
}

function commentTokens(language: string) {
  if (HASH.includes(language)) return { line: "#" };
  return language === "lua" ? { line: "--" } : { line: "//", block: { open: "/*", close: "*/" } };
}
