// Page for addresses that do not exist.
import { Link } from "wouter";
import { Notice } from "../shared/Notice";
import { useWords } from "../words";
import { Header } from "./Header";

export function NotFoundPage() {
  const words = useWords();
  return (
    <>
      <Header />
      <main className="message-page">
        <Notice tone="plain" icon="alert" title={words.app.notFoundTitle}>
          <p>{words.app.notFoundText}</p>
          <Link href="/" className="button">{words.app.toStart}</Link>
        </Notice>
      </main>
    </>
  );
}
