// Entry of the pages in the browser: continues the prerendered page, or renders where there is none.
import { StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { App } from "./app";
import { rememberEarlyInput } from "./early";
import "./styles/main.css";
import { chosenLanguage } from "./words";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has an element with the id root");

const language = chosenLanguage(new URLSearchParams(location.search), document.cookie, navigator.languages);
const app = (
  <StrictMode>
    <App language={language} />
  </StrictMode>
);
const prerendered = root.querySelector<HTMLElement>("[data-prerendered]")?.dataset["prerendered"];
rememberEarlyInput();
if (prerendered === `${language}${location.pathname}`) hydrateRoot(root, app);
else createRoot(root).render(app);
