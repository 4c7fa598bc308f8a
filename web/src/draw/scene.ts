// Scene: the items of a drawing in the order in which they are painted. A command with a new id puts an item on top, one with
// a known id replaces the item in its place.
import type { Command, Item } from "./commands";

export class Scene {
  width = 400;
  height = 300;
  background = "#ffffff";
  title = "";
  /** The limit that the server has applied to the drawing; null if none. */
  limit: string | null = null;
  /** Keys, by their names in Tk, that the program reacts to. */
  keys: ReadonlySet<string> = new Set();
  clicks: "handled" | "ignored" = "ignored";
  readonly #items = new Map<number, Item>();

  /** In the order of painting. */
  items(): Iterable<Item> {
    return this.#items.values();
  }

  apply(command: Command) {
    switch (command[0]) {
      case "size":
        [, this.width, this.height] = command;
        break;
      case "bg":
        this.background = command[1] || "#ffffff";
        break;
      case "line":
      case "dot":
      case "polygon":
      case "text":
      case "image":
        this.#items.set(command[1], command);
        break;
      case "top":
        this.#raise(command[1]);
        break;
      case "delete":
        this.#items.delete(command[1]);
        break;
      case "clear":
        this.#items.clear();
        break;
      case "title":
        this.title = command[1];
        break;
      case "limit":
        this.limit = command[1];
        break;
      case "listen":
        this.keys = new Set(command[1]);
        this.clicks = command[2] ? "handled" : "ignored";
        break;
      case "time":
        break;
    }
  }

  #raise(id: number) {
    const item = this.#items.get(id);
    if (!item) return;
    this.#items.delete(id);
    this.#items.set(id, item);
  }
}
