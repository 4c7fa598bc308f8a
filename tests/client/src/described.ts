// The description of the API as a judge: whether what is sent and received is as described, with nothing besides.
// It also keeps a list of what it has seen, so that no route and no kind of frame is left out.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

type Json = { [name: string]: any };

const METHODS = ["get", "post", "put", "patch", "delete"];
/** The types of frames and events, with the field that tells their kind. */
const FRAMES = { ClientFrame: "type", ServerFrame: "type", StreamEvent: "event" } as const;

export class Described {
  readonly document: Json;
  private readonly ajv: Ajv2020;
  private readonly seen = new Set<string>();

  constructor(path: string) {
    this.document = JSON.parse(readFileSync(path, "utf8"));
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.ajv);
    this.ajv.addSchema({ $id: "api", ...(closed(this.document) as Json) });
  }

  /** Fails unless this answer of a route is described: its status, its headers, its media type and all of its body. */
  async answer(method: string, path: string, response: Response): Promise<void> {
    const shown = `${method} ${path} ${response.status}`;
    const { at, value: described } = this.follow(["paths", path, method.toLowerCase(), "responses", `${response.status}`]);
    if (!described) throw new Error(`${shown} is not described`);
    this.seen.add(`${method.toLowerCase()} ${path}`);
    for (const [name, header] of Object.entries<Json>(described.headers ?? {})) {
      const { required } = header.$ref ? this.find(parts(header.$ref)) : header;
      if (required && !response.headers.has(name)) throw new Error(`${shown} has no header ${name}`);
    }
    const kind = response.headers.get("content-type")?.split(";")[0];
    const kinds = Object.keys(described.content ?? {});
    if (kind === undefined && kinds.length === 0) return;
    if (!kinds.includes(kind ?? "") && !kinds.includes("*/*")) throw new Error(`${shown} is ${kind}, not ${kinds}`);
    if (!kind?.endsWith("json") || !kinds.includes(kind)) return;
    this.check([...at, "content", kind, "schema"].map(escaped).join("/"), await response.clone().json(), shown);
  }

  /** Fails unless this frame or event is described. */
  frame(type: keyof typeof FRAMES, frame: unknown): void {
    this.check(`components/schemas/${type}`, frame, type);
    this.seen.add(`${type} ${(frame as Json)[FRAMES[type]]}`);
  }

  /** What is described and was not seen. */
  missed(): string[] {
    const routes = Object.entries<Json>(this.document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => `${method} ${path}`),
    );
    const frames = Object.entries(FRAMES).flatMap(([type, tag]) =>
      this.document.components.schemas[type].oneOf.map((one: Json) => `${type} ${fieldsOf(one)[tag].enum[0]}`),
    );
    return [...routes, ...frames].filter((one) => !this.seen.has(one));
  }

  get count(): number {
    return this.seen.size;
  }

  /** What is at a place of the description, or where that refers to. */
  private follow(at: string[]): { at: string[]; value: Json | undefined } {
    const value = this.find(at);
    return value?.$ref ? this.follow(parts(value.$ref)) : { at, value };
  }

  private find(at: string[]): Json {
    return at.reduce((part: Json, name) => part?.[name], this.document);
  }

  private check(pointer: string, value: unknown, shown: string): void {
    const validate = this.ajv.getSchema(`api#/${pointer}`);
    if (!validate) throw new Error(`${shown}: there is no schema at ${pointer}`);
    if (!validate(value)) {
      const errors = this.ajv.errorsText(validate.errors);
      throw new Error(`${shown}: ${errors}\n${JSON.stringify(value).slice(0, 2000)}`);
    }
  }
}

function parts(reference: string): string[] {
  return reference.split("/").slice(1);
}

/** The fields of an object, which may be beside a choice. */
function fieldsOf(schema: Json): Json {
  return schema.properties ?? schema.allOf[0].properties;
}

/** A description in which no object has other fields than those that are described. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (part === null || typeof part !== "object") return part;
  const fields = Object.entries(part).map(([name, field]) => [name, name === "anyOf" ? field : closed(field)]);
  const whole: Json = Object.fromEntries(fields);
  const isObject = whole.type === "object" && whole.properties && typeof whole.properties === "object";
  return isObject ? { additionalProperties: false, ...whole } : whole;
}

/** A part of a path to a schema: slashes as JSON pointers write them (RFC 6901), and the rest as fragments of addresses do. */
function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}
