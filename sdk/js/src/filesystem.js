// theater:simple/filesystem, and theater:files/files for contents that are bytes.
import more from "theater:files/files";
import filesystem from "theater:simple/filesystem";
import { toBytes } from "./bytes.js";

export { getMetadata, renamePath } from "theater:files/files";
export { createDir, deleteDir, deleteFile, listFiles, pathExists, readFile } from "theater:simple/filesystem";

export function writeFile(path, content) {
  more.writeBytes(path, toBytes(content));
}

export function appendFile(path, content) {
  more.appendBytes(path, toBytes(content));
}

function output({ tag, val }) {
  if (tag === "error") throw new Error(val.message);
  return val;
}

export function executeCommand(folder, program, args = []) {
  return output(filesystem.executeCommand(folder, program, args));
}

export function executeNixCommand(folder, command) {
  return output(filesystem.executeNixCommand(folder, command));
}
