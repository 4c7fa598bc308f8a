// Choice of the language, and its words for components.
import { createContext, type ReactNode, useContext } from "react";
import { de } from "./de";
import { en, type Words } from "./en";

export type { Words };
export type LanguageCode = "en" | "de";

export const CATALOGUES: Readonly<Record<LanguageCode, Words>> = { en, de };
/** Also read by the server, which chooses the prerendered page by it. */
const COOKIE = "lang";

const Context = createContext<Words>(en);

export function WordsProvider({ words, children }: { words: Words; children: ReactNode }) {
  return <Context value={words}>{children}</Context>;
}

export function useWords(): Words {
  return useContext(Context);
}

/** That of the address (`?lang=de`), a person's choice, or else the first language of the browser that there is. */
export function chosenLanguage(address: URLSearchParams, cookies: string, preferred: readonly string[]): LanguageCode {
  const chosen = new RegExp(`(?:^|; )${COOKIE}=(\\w+)`).exec(cookies)?.[1];
  const tags = [address.get(COOKIE), chosen, ...preferred];
  const wanted = tags.map((tag) => tag?.split("-")[0]?.toLowerCase());
  return wanted.find((code): code is LanguageCode => code !== undefined && code in CATALOGUES) ?? "en";
}

export function rememberLanguage(code: LanguageCode) {
  document.cookie = `${COOKIE}=${code}; Path=/; Max-Age=31536000; SameSite=Lax`;
}
