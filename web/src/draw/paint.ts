// Painting of a scene on a canvas.
import type { Item } from "./commands";
import type { Scene } from "./scene";

/** Pictures by their name. */
export type Images = ReadonlyMap<string, HTMLImageElement>;

const FAMILIES = /^[\w -]+$/;
const ANCHORS: Readonly<Record<string, CanvasTextAlign>> = { sw: "left", s: "center", se: "right" };

export function paint(context: CanvasRenderingContext2D, scene: Scene, scale: number, images: Images) {
  const { width, height } = scene;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = scene.background;
  context.fillRect(0, 0, width, height);
  context.translate(width / 2, height / 2);
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const item of scene.items()) paintItem(context, item, images);
}

function paintItem(context: CanvasRenderingContext2D, item: Item, images: Images) {
  switch (item[0]) {
    case "line": {
      const [, , points, color, width] = item;
      stroke(context, path(points), color, width);
      break;
    }
    case "dot": {
      const [, , x, y, diameter, color] = item;
      const circle = new Path2D();
      circle.arc(x, y, diameter / 2, 0, 2 * Math.PI);
      fill(context, circle, color);
      break;
    }
    case "polygon": {
      const [, , points, inside, outline, width] = item;
      const shape = path(points);
      shape.closePath();
      fill(context, shape, inside);
      stroke(context, shape, outline, width);
      break;
    }
    case "text":
      write(context, item);
      break;
    case "image": {
      const [, , x, y, name, width, height] = item;
      const image = images.get(name);
      if (image?.complete && image.naturalWidth > 0) context.drawImage(image, x - width / 2, y - height / 2, width, height);
      break;
    }
  }
}

function path(points: readonly number[]): Path2D {
  const line = new Path2D();
  for (let index = 0; index + 1 < points.length; index += 2) line.lineTo(points[index] ?? 0, points[index + 1] ?? 0);
  return line;
}

function fill(context: CanvasRenderingContext2D, shape: Path2D, color: string) {
  if (color === "") return;
  context.fillStyle = color;
  context.fill(shape);
}

function stroke(context: CanvasRenderingContext2D, shape: Path2D, color: string, width: number) {
  if (color === "" || width <= 0) return;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke(shape);
}

function write(context: CanvasRenderingContext2D, item: Extract<Item, readonly ["text", ...unknown[]]>) {
  const [, , x, y, text, color, anchor, family, size, style] = item;
  if (color === "") return;
  const kinds = style.split(" ").filter((kind) => kind === "bold" || kind === "italic");
  const font = FAMILIES.test(family) ? `"${family}", sans-serif` : "sans-serif";
  context.font = `${kinds.join(" ")} ${size}px ${font}`;
  context.fillStyle = color;
  context.textAlign = ANCHORS[anchor] ?? "left";
  context.textBaseline = "bottom";
  const lines = text.split("\n");
  const height = size * 1.25;
  lines.forEach((line, index) => {
    const bottom = y - (lines.length - 1 - index) * height;
    context.fillText(line, x, bottom);
    if (style.includes("underline")) underline(context, line, x, bottom);
  });
}

function underline(context: CanvasRenderingContext2D, line: string, x: number, bottom: number) {
  const { width } = context.measureText(line);
  const left = { center: x - width / 2, right: x - width }[context.textAlign as "center" | "right"] ?? x;
  context.fillRect(left, bottom - 1, width, 1);
}
