// The files and folders of a unit test, in memory: `host.files` and `host.folders` by their paths.
import { host, refuse } from "../host.js";

// Without `./` and slashes at the end; "" is the actor's folder.
export function plain(path) {
  const rest = path.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  return rest === "." ? "" : rest;
}

export function missing(path) {
  refuse(`cannot open ${path}: No such file or directory`);
}

export const isFolder = (path) => path === "" || host.folders.has(path);

// Fails if the folder that a path is in is not there.
export function checkParent(path) {
  const slash = path.lastIndexOf("/");
  if (slash !== -1 && !isFolder(path.slice(0, slash))) missing(path);
}

// The part of `path` below `folder`; empty if there is none.
export function below(folder, path) {
  if (folder === "") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : "";
}

export function read(path) {
  return host.files.get(plain(path)) ?? missing(path);
}

export function write(given, content) {
  const path = plain(given);
  checkParent(path);
  if (isFolder(path)) refuse(`\`${path}\` is not a regular file but a folder`);
  host.files.set(path, content);
}
