// Header of every page: the name, what belongs to the page, and the settings.
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useWords } from "../words";

export function Header({ children }: { children?: ReactNode }) {
  const words = useWords();
  return (
    <header className="header">
      <Link href="/" className="brand" aria-label={words.app.name}>
        <Logo />
        <span className="brand-name">{words.app.name}</span>
      </Link>
      {children}
    </header>
  );
}

/** A page of a notebook with its margin, and a prompt on it. */
function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className="logo-page" x="3" y="2" width="26" height="28" rx="4" />
      <path className="logo-margin" d="M10 2v28" />
      <path className="logo-prompt" d="m15 11 6 5-6 5" />
    </svg>
  );
}
