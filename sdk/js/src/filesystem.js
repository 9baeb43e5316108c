// theater:simple/filesystem, and theater:files/files for contents that are bytes.
import * as more from "theater:files/files";
import * as filesystem from "theater:simple/filesystem";
import { text, texts } from "./arguments.js";
import { toBytes } from "./bytes.js";

const path = (value) => text(value, "the path");

export function readFile(file) {
  return filesystem.readFile(path(file));
}

export function writeFile(file, content) {
  more.writeBytes(path(file), toBytes(content));
}

export function appendFile(file, content) {
  more.appendBytes(path(file), toBytes(content));
}

export function listFiles(folder) {
  return filesystem.listFiles(path(folder));
}

export function deleteFile(file) {
  filesystem.deleteFile(path(file));
}

export function createDir(folder) {
  filesystem.createDir(path(folder));
}

export function deleteDir(folder) {
  filesystem.deleteDir(path(folder));
}

export function pathExists(place) {
  return filesystem.pathExists(path(place));
}

export function getMetadata(place) {
  return more.getMetadata(path(place));
}

export function renamePath(oldPath, newPath) {
  more.renamePath(path(oldPath), path(newPath));
}

function output({ tag, val }) {
  if (tag === "error") throw new Error(val.message);
  return val;
}

export function executeCommand(folder, program, args = []) {
  const words = texts(args, "the arguments");
  return output(filesystem.executeCommand(path(folder), text(program, "the program"), words));
}

export function executeNixCommand(folder, command) {
  return output(filesystem.executeNixCommand(path(folder), text(command, "the command")));
}
