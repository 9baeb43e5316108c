// Theater's library for actors in JavaScript. index.d.ts says what each of these promises.
//
// Each file of src/ holds one interface of Theater. The build takes those that an actor uses, so that
// its component imports no others.
export { later, exportActor, exportMessageServerClient } from "./src/actor.js";
export {
  exportHttpStreamHandlers,
  exportIntervalHandlers,
  exportProcessHandlers,
  exportSupervisorHandlers,
} from "./src/handlers.js";
export { fromBase64, fromJson, toBase64, toBytes, toJson, toText, toTextLossy } from "./src/bytes.js";
export { bytesCodec, jsonCodec } from "./src/codec.js";
export {
  getActorId,
  getActorName,
  getChain,
  getCurrentTime,
  getEnv,
  getState,
  getSystemInfo,
  getTheaterVersion,
  log,
  recordEvent,
  recordMetric,
  shutdown,
} from "./src/runtime.js";
export {
  cancelRequest,
  closeChannel,
  listOutstandingRequests,
  openChannel,
  request,
  respondToRequest,
  send,
  sendOnChannel,
} from "./src/message_server.js";
export {
  getChildEvents,
  getChildState,
  listChildren,
  restartChild,
  resumeChild,
  spawnChild,
  stopChild,
} from "./src/supervisor.js";
export { getCaller } from "./src/callers.js";
export { getVar, listVars, varExists } from "./src/environment.js";
export { generateUuid, randomBytes, randomFloat, randomRange } from "./src/random.js";
export { now, sleepFor, sleepUntil } from "./src/timing.js";
export { startInterval, stopInterval } from "./src/intervals.js";
export {
  appendFile,
  createDir,
  deleteDir,
  deleteFile,
  executeCommand,
  executeNixCommand,
  getMetadata,
  listFiles,
  pathExists,
  readFile,
  renamePath,
  writeFile,
} from "./src/filesystem.js";
export { Store } from "./src/store.js";
export { failureWord, postJson, sendHttp } from "./src/http_client.js";
export { HttpResponse } from "./src/http_response.js";
export { findHeader } from "./src/headers.js";
export { cancelStream, openStream, pauseStream, resumeStream } from "./src/http_stream.js";
export { feedEvents, newEventParser } from "./src/server_sent_events.js";
export { exportAnswerHandlers, exportHttpHandlers } from "./src/http_exports.js";
export { newServer, serve, stopServing } from "./src/http_router.js";
export {
  ServerRequest,
  htmlResponse,
  jsonResponse,
  percentDecoded,
  problem,
  redirect,
  serverSentEvent,
  textResponse,
} from "./src/http_messages.js";
export {
  addMiddleware,
  addRoute,
  closeWebSocket,
  createServer,
  destroyServer,
  enableWebSocket,
  getServerInfo,
  registerHandler,
  removeMiddleware,
  removeRoute,
  sendWebSocketMessage,
  startServer,
  stopServer,
} from "./src/http_framework.js";
export { abortAnswer, finishAnswer, openAnswer, writeAnswer } from "./src/http_answer.js";
export {
  closeStdin,
  exitCodeOf,
  getProcessStatus,
  killProcess,
  processLost,
  signalProcess,
  spawnProcess,
  writeStdin,
} from "./src/process.js";
