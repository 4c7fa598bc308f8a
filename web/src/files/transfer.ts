// Files between the program and the device: reading uploads, offering downloads.
import type { ProjectFile } from "../project/project";
import { MAX_FILE_BYTES } from "../project/project";
import { zip } from "./zip";

export type Upload =
  | { readonly ok: true; readonly file: ProjectFile }
  | { readonly ok: false; readonly name: string; readonly reason: "tooLarge" | "unreadable" };

export async function readUpload(upload: File): Promise<Upload> {
  // A folder that is uploaded names its files by their paths.
  const name = upload.webkitRelativePath || upload.name;
  if (upload.size > MAX_FILE_BYTES) return { ok: false, name, reason: "tooLarge" };
  try {
    return { ok: true, file: fileOf(name, new Uint8Array(await upload.arrayBuffer())) };
  } catch {
    // It was moved or removed since it was chosen, or is a folder.
    return { ok: false, name, reason: "unreadable" };
  }
}

/** A file of a program: as text if its bytes are. */
export function fileOf(name: string, bytes: Uint8Array): ProjectFile {
  try {
    const content = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!content.includes("\0")) return { name, content, encoding: "utf8" };
  } catch {
    // Not text.
  }
  return { name, content: base64(bytes), encoding: "base64" };
}

export function bytesOf({ content, encoding }: ProjectFile): Uint8Array<ArrayBuffer> {
  return encoding === "utf8"
    ? new TextEncoder().encode(content)
    : Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
}

export function download(name: string, bytes: Uint8Array<ArrayBuffer>) {
  const url = URL.createObjectURL(new Blob([bytes]));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.split("/").at(-1) ?? name;
  link.click();
  // The browser needs the address until the download has begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function downloadFile(file: ProjectFile) {
  download(file.name, bytesOf(file));
}

export function downloadAll(files: readonly ProjectFile[]) {
  const [only] = files;
  if (only && files.length === 1) downloadFile(only);
  else download("program.zip", zip(files.map((file) => ({ name: file.name, bytes: bytesOf(file) }))));
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
