// Languages that the server offers. Until it has answered, and where it does not, those that the page knows.
import { useEffect, useState } from "react";
import { request } from "../api/client";
import type { Languages } from "../api/types";
import { STARTERS } from "../project/starters";

export interface OfferedLanguage {
  readonly id: string;
  readonly name: string;
  readonly mainFile: string;
  readonly available: boolean;
}

const KNOWN: readonly OfferedLanguage[] = STARTERS.map(({ id, name, mainFile }) => ({ id, name, mainFile, available: true }));

export function useLanguages(): readonly OfferedLanguage[] {
  const [languages, setLanguages] = useState(KNOWN);
  useEffect(() => {
    let gone = false;
    void request<Languages>("GET", "/api/languages").then((answer) => {
      if (answer.ok && !gone) setLanguages(ordered(answer.body));
    });
    return () => {
      gone = true;
    };
  }, []);
  return languages;
}

/** Those that schools use most come first. */
function ordered({ languages }: Languages): readonly OfferedLanguage[] {
  const rank = ({ id }: OfferedLanguage) => {
    const index = KNOWN.findIndex((known) => known.id === id);
    return index < 0 ? KNOWN.length : index;
  };
  return languages.map(({ id, name, mainFile, available }) => ({ id, name, mainFile, available })).sort((a, b) => rank(a) - rank(b));
}
