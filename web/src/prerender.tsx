// HTML of pages that look the same for everybody, for the server to send at once. Run by scripts/build.mjs.
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { Router } from "wouter";
import { App } from "./app";
import { CATALOGUES, type LanguageCode } from "./words";

interface Fragment {
  /** Its path below `prerendered/`. */
  readonly path: string;
  readonly html: string;
}

export function fragments(): Fragment[] {
  return (Object.keys(CATALOGUES) as LanguageCode[]).map((language) => ({
    path: `${language}/index.html`,
    html: renderToString(
      <StrictMode>
        <Router ssrPath="/">
          <App language={language} />
        </Router>
      </StrictMode>,
    ),
  }));
}
