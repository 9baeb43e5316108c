// A response as its receiver reads it.
import { fromJson, toText } from "./bytes.js";
import { findHeader } from "./headers.js";

export class HttpResponse {
  constructor(status, headers, body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  header(name) {
    return findHeader(this.headers, name);
  }

  text() {
    return toText(this.body);
  }

  json() {
    try {
      return fromJson(this.body);
    } catch (error) {
      throw new Error(`the response's body: ${error.message}`);
    }
  }
}
