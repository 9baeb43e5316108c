// theater:files/files in a unit test.
import { host } from "../host.js";
import { below, checkParent, isFolder, missing, plain, read, write } from "./files.js";

export function getMetadata(path) {
  if (isFolder(plain(path))) return { kind: "folder", size: 0, modified: 0 };
  return { kind: "file", size: read(path).length, modified: 0 };
}

export function renamePath(oldPath, newPath) {
  const [from, to] = [plain(oldPath), plain(newPath)];
  checkParent(to);
  if (host.files.has(from)) {
    host.files.set(to, host.files.get(from));
    host.files.delete(from);
    return;
  }
  if (!host.folders.delete(from)) missing(oldPath);
  const moved = (path) => (below(from, path) === "" ? path : `${to}/${below(from, path)}`);
  host.files = new Map([...host.files].map(([path, content]) => [moved(path), content]));
  host.folders = new Set([...host.folders].map(moved).concat(to));
}

export const writeBytes = write;

export function appendBytes(path, content) {
  const before = host.files.get(plain(path)) ?? new Uint8Array();
  write(path, Uint8Array.from([...before, ...content]));
}
