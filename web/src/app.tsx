// The pages, by address.
import { lazy, Suspense, useEffect, useState } from "react";
import { Route, Switch } from "wouter";
import { RunnerPage } from "./runner/RunnerPage";
import { CrashBoundary } from "./shell/CrashBoundary";
import { NotFoundPage } from "./shell/NotFoundPage";
import { CATALOGUES, type LanguageCode, rememberLanguage, WordsProvider } from "./words";

const SharedPage = lazy(() => import("./share/SharedPage"));

export function App({ language }: { language: LanguageCode }) {
  const [code, setCode] = useState(language);
  const words = CATALOGUES[code];
  useEffect(() => {
    document.documentElement.lang = code;
  }, [code]);
  const choose = (next: LanguageCode) => {
    rememberLanguage(next);
    setCode(next);
  };
  return (
    <CrashBoundary words={words}>
      <WordsProvider words={words}>
        <Switch>
          <Route path="/">
            <RunnerPage onLanguage={choose} />
          </Route>
          <Route path="/s/:key">
            {({ key }) => (
              <Suspense fallback={null}>
                <SharedPage shareKey={key} onLanguage={choose} />
              </Suspense>
            )}
          </Route>
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </WordsProvider>
    </CrashBoundary>
  );
}
