// Choice between a terminal and pipes for a program. With pipes, standard error is apart and help is precise; but most
// languages hold back what they write to a pipe, so that a question would appear only after it should have been answered.

export type Streams = "terminal" | "pipes";

/** Languages whose programs hold output back in a pipe, or ask questions only in a terminal. */
const BUFFERED = ["c", "cpp", "bash", "perl", "lua", "ruby"];
/** Node keeps running while a pipe of input is open, even after a program has stopped reading from it. */
const NODE = ["javascript", "typescript"];

const INPUT: Readonly<Record<string, RegExp>> = {
  python: /\b(?:text|num)?input\s*\(|\bsys\.stdin\b|\bopen\(0\)/,
  javascript: /readline|process\.stdin|\bprompt\(|readFileSync\(\s*0|\/dev\/stdin/,
  typescript: /readline|process\.stdin|\bprompt\(|readFileSync\(\s*0|\/dev\/stdin/,
  c: /\bscanf\s*\(|\bf?gets\s*\(|\bf?getc(?:har)?\s*\(|\bgetline\s*\(|\bread\s*\(|\bfread\s*\(/,
  cpp: /\bcin\b|\bgetline\s*\(|\bscanf\s*\(|\bgetchar\s*\(/,
  java: /\bSystem\s*\.\s*in\b|\bConsole\b|\bIO\s*\.\s*readln\b/,
  go: /\bos\.Stdin\b|\bfmt\.(?:Fs|S)can/,
  rust: /\bstdin\s*\(/,
  ruby: /\bgets\b|\bSTDIN\b|\$stdin\b|\breadlines?\b|\bARGF\b/,
  php: /\breadline\s*\(|\bSTDIN\b|php:\/\/stdin|\bfgets\s*\(/,
  perl: /<STDIN>|<>|\bSTDIN\b/,
  lua: /\bio\s*\.\s*(?:read|lines|stdin)\b/,
  bash: /\bread\b|\bcat\b|\bselect\b|\bmapfile\b|\breadarray\b/,
};

export function readsInput(language: string, sources: readonly string[]): boolean {
  const pattern = INPUT[language];
  return pattern !== undefined && sources.some((source) => pattern.test(source));
}

export function streams(language: string, sources: readonly string[]): Streams {
  if (BUFFERED.includes(language)) return "terminal";
  return NODE.includes(language) && readsInput(language, sources) ? "terminal" : "pipes";
}
