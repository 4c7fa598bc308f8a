// Pictures that the program wrote. Only as `<img>`, where an SVG can neither run scripts nor load anything.
import { useState } from "react";
import type { Artifact } from "../api/types";
import type { PictureFrame } from "../draw/commands";
import { useWords } from "../words";

const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];

export function isPicture({ type }: Artifact): boolean {
  return SHOWN.includes(type.split(";")[0] ?? "");
}

export function Pictures({ artifacts }: { artifacts: readonly Artifact[] }) {
  const pictures = artifacts.filter(isPicture);
  if (pictures.length === 0) return null;
  return (
    <div className="pictures">
      {pictures.map(({ name, url }) => (
        <Picture key={url} name={name} url={url} />
      ))}
    </div>
  );
}

/** Pictures of a program that still runs. */
export function LivePictures({ pictures }: { pictures: readonly PictureFrame[] }) {
  if (pictures.length === 0) return null;
  return (
    <div className="pictures">
      {pictures.map(({ name, contentType, content }) => (
        <Picture key={name} name={name} url={`data:${contentType};base64,${content}`} />
      ))}
    </div>
  );
}

function Picture({ name, url }: { name: string; url: string }) {
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
