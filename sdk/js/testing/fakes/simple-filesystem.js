// theater:simple/filesystem in a unit test.
import { host, refuse } from "../host.js";
import { below, checkParent, isFolder, missing, plain, read } from "./files.js";

export const readFile = read;
export const pathExists = (path) => host.files.has(plain(path)) || isFolder(plain(path));

export function listFiles(path) {
  const folder = plain(path);
  if (!isFolder(folder)) missing(path);
  const names = [...host.files.keys(), ...host.folders].map((other) => below(folder, other));
  return names.filter((name) => name !== "" && !name.includes("/")).sort();
}

export function deleteFile(path) {
  if (!host.files.delete(plain(path))) missing(path);
}

export function createDir(path) {
  const folder = plain(path);
  checkParent(folder);
  if (host.files.has(folder) || isFolder(folder)) refuse(`cannot create the folder ${folder}: File exists`);
  host.folders.add(folder);
}

export function deleteDir(path) {
  const folder = plain(path);
  if (!host.folders.delete(folder)) missing(path);
  for (const file of [...host.files.keys()]) if (below(folder, file) !== "") host.files.delete(file);
  for (const other of [...host.folders]) if (below(folder, other) !== "") host.folders.delete(other);
}

function run(folder, words) {
  host.commands.push({ folder, words });
  return { tag: "success", val: { stdout: "", stderr: "", exitCode: 0, ...host.onCommand({ folder, words }) } };
}

export const executeCommand = (folder, program, args) => run(folder, [program, ...args]);
export const executeNixCommand = (folder, command) => run(folder, ["nix", "develop", "--command", command]);
