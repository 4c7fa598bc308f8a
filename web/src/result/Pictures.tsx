// Pictures that the program wrote. Only as `<img>`, where an SVG can neither run scripts nor load anything.
import { useState } from "react";
import type { Artifact } from "../api/types";
import { useWords } from "../words";

const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];

export function isPicture({ type }: Artifact): boolean {
  return SHOWN.includes(type.split(";")[0] ?? "");
}

export function Pictures({ artifacts }: { artifacts: readonly Artifact[] }) {
  return (
    <div className="pictures">
      {artifacts.filter(isPicture).map((artifact) => (
        <Picture key={artifact.url} artifact={artifact} />
      ))}
    </div>
  );
}

function Picture({ artifact: { name, url } }: { artifact: Artifact }) {
  const words = useWords();
  const [failed, setFailed] = useState(false);
  return (
    <figure className="picture">
      {failed ? (
        <p>{words.pictures.failed(name)}</p>
      ) : (
        <img src={url} alt={words.pictures.alt(name)} onError={() => setFailed(true)} />
      )}
      <figcaption>
        <a href={url} download={name.split("/").at(-1)}>{name}</a>
      </figcaption>
    </figure>
  );
}
