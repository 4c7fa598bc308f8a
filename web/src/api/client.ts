// Client of the API: JSON requests whose failures are values, so that every caller has to show them.
import type { ApiProblem } from "./types";

export type Failure =
  /** The device has no network. */
  | { readonly kind: "offline" }
  /** The network works as far as we know, and the server does not answer. */
  | { readonly kind: "unreachable" }
  /** The server refused; `retryAfter` is in seconds, where a later attempt makes sense. */
  | { readonly kind: "refused"; readonly problem: ApiProblem; readonly retryAfter: number | null };

export type Answer<T> = { readonly ok: true; readonly body: T } | { readonly ok: false; readonly failure: Failure };

const RETRY_STATUSES = [429, 503];
const DEFAULT_RETRY_SECONDS = 5;

export async function request<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
  } catch {
    return { ok: false, failure: disconnected() };
  }
  try {
    if (!response.ok) return { ok: false, failure: await refusal(response) };
    return { ok: true, body: (response.status === 204 ? undefined : await response.json()) as T };
  } catch {
    // The connection broke within the body, or something between here and the server answered in its place.
    return { ok: false, failure: disconnected() };
  }
}

export function disconnected(): Failure {
  return { kind: navigator.onLine ? "unreachable" : "offline" };
}

/** What a refusal of the server means; `seconds` is its `Retry-After`. */
export function refused(problem: ApiProblem, seconds: string | null = null): Failure {
  const retryAfter = RETRY_STATUSES.includes(problem.status) ? Number(seconds ?? DEFAULT_RETRY_SECONDS) : null;
  return { kind: "refused", problem, retryAfter: Number.isNaN(retryAfter) ? DEFAULT_RETRY_SECONDS : retryAfter };
}

async function refusal(response: Response): Promise<Failure> {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return { kind: "unreachable" };
  return refused((await response.json()) as ApiProblem, response.headers.get("Retry-After"));
}
