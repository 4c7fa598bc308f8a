// Numbers with their noun, by the plural rules of a language.
export interface Forms {
  readonly one: string;
  readonly other: string;
}

/** `count(3, { one: "file", other: "files" })` is "3 files". */
export function counter(language: string): (n: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const format = new Intl.NumberFormat(language);
  return (n, forms) => `${format.format(n)} ${rules.select(n) === "one" ? forms.one : forms.other}`;
}
