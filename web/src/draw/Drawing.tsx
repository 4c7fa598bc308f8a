// Drawing of the program on a canvas. It never takes the focus; a program that listens gets keys while the canvas has it.
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { useWords } from "../words";
import type { DrawFrame, PictureFrame } from "./commands";
import { type DrawingEvent, eventText, keyName } from "./events";
import { paint } from "./paint";
import { Playback } from "./playback";
import { Scene } from "./scene";

interface Props {
  /** Grows; a new list is a new drawing. */
  frames: readonly DrawFrame[];
  pictures: readonly PictureFrame[];
  onEvent: (text: string) => void;
}

/** In percent of the page, so that the output below stays in view. */
const MAX_HEIGHT = 52;

interface Shown {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly limit: string | null;
  readonly keys: ReadonlySet<string>;
  readonly clicks: Scene["clicks"];
}

export default function Drawing({ frames, pictures, onEvent }: Props) {
  const words = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shown, setShown] = useState<Shown>(() => factsOf(new Scene()));
  const images = useImages(pictures);

  useEffect(() => {
    const scene = new Scene();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const playback = new Playback(scene, still ? "atOnce" : "animated");
    let request = 0;
    const step = (now: number) => {
      if (playback.advance(frames, now) || images.takeChange()) {
        setShown((before) => changed(before, scene));
        repaint(canvas.current, scene, images.byName);
      }
      request = requestAnimationFrame(step);
    };
    request = requestAnimationFrame(step);
    return () => cancelAnimationFrame(request);
  }, [frames, images]);

  const send = (event: DrawingEvent) => onEvent(eventText(event));
  const onKey = (kind: "key" | "keyup") => (event: KeyboardEvent) => {
    const name = keyName(event.key);
    if (!shown.keys.has(name) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    send([kind, name]);
  };
  const onPointer = (kind: "click" | "drag" | "release") => (event: PointerEvent<HTMLCanvasElement>) => {
    if (shown.clicks === "ignored" || (kind === "drag" && event.buttons === 0)) return;
    const box = event.currentTarget.getBoundingClientRect();
    const scale = shown.width / box.width;
    const [x, y] = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
    send([kind, Math.round(x * scale), Math.round(y * scale), event.button < 0 ? 1 : event.button + 1]);
  };
  const listens = shown.keys.size > 0 || shown.clicks === "handled";

  return (
    <figure className="drawing">
      <canvas
        ref={canvas}
        role="img"
        aria-label={shown.title || words.pictures.drawing}
        tabIndex={listens ? 0 : undefined}
        onKeyDown={onKey("key")}
        onKeyUp={onKey("keyup")}
        onPointerDown={onPointer("click")}
        onPointerMove={onPointer("drag")}
        onPointerUp={onPointer("release")}
      />
      {shown.keys.size > 0 && <figcaption>{words.pictures.keys}</figcaption>}
      {shown.limit !== null && <figcaption className="text-warn">{words.pictures.limit}</figcaption>}
    </figure>
  );
}

function factsOf({ width, height, title, limit, keys, clicks }: Scene): Shown {
  return { width, height, title, limit, keys, clicks };
}

function changed(before: Shown, scene: Scene): Shown {
  const after = factsOf(scene);
  const same = Object.entries(after).every(([name, value]) => before[name as keyof Shown] === value);
  return same ? before : after;
}

function repaint(canvas: HTMLCanvasElement | null, scene: Scene, images: ReadonlyMap<string, HTMLImageElement>) {
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  const scale = Math.max(1, devicePixelRatio);
  const [width, height] = [Math.round(scene.width * scale), Math.round(scene.height * scale)];
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    canvas.style.width = `min(${scene.width}px, ${(MAX_HEIGHT * scene.width) / scene.height}dvh)`;
  }
  paint(context, scene, scale, images);
}

/** The pictures of a drawing as images; `takeChange` says once when another one has loaded. */
function useImages(pictures: readonly PictureFrame[]) {
  const [images] = useState(() => {
    const byName = new Map<string, HTMLImageElement>();
    let isChanged = false;
    return {
      byName: byName as ReadonlyMap<string, HTMLImageElement>,
      add({ name, contentType, content }: PictureFrame) {
        const image = new Image();
        image.onload = () => (isChanged = true);
        image.src = `data:${contentType};base64,${content}`;
        byName.set(name, image);
      },
      takeChange() {
        const before = isChanged;
        isChanged = false;
        return before;
      },
    };
  });
  const known = useRef<readonly PictureFrame[]>([]);
  useEffect(() => {
    for (const picture of pictures) if (!known.current.includes(picture)) images.add(picture);
    known.current = pictures;
  }, [pictures, images]);
  return images;
}
