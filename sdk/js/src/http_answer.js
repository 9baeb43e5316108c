// theater:http-stream/server.
import * as answers from "theater:http-stream/server";
import { whole } from "./arguments.js";
import { toBytes } from "./bytes.js";

const ANSWER = "the answer's id";

export function openAnswer() {
  return answers.open();
}

export function writeAnswer(answer, bytes) {
  return answers.write(whole(answer, ANSWER), toBytes(bytes));
}

export function finishAnswer(answer) {
  answers.finish(whole(answer, ANSWER));
}

export function abortAnswer(answer) {
  answers.abort(whole(answer, ANSWER));
}
