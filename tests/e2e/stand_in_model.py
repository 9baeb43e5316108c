#!/usr/bin/env python3
"""A stand-in for an OpenAI-compatible endpoint: it answers by a script, needs no network, and misbehaves on demand.

  stand_in_model.py [--listen ADDRESS:PORT] [--script WORD,WORD,…] [--tls CERTIFICATE KEY]

It answers POST /v1/chat/completions, streamed as server-sent events or whole. Its "thinking" is a few patterns: it
calls the tools `count`, `reserve` and `note` for questions such as "How many hammers are left? Reserve 2 and note it."
and then says what the tools have answered. `GET /v1/seen` lists the requests so far, as JSON.

Each request takes the next word of the script, and `answer` when there is none left:

  answer         answers
  slow           the same, and waits for go() before each piece of a stream
  fail           500, with an error in JSON
  busy           429, with Retry-After
  forbid         401
  timeout        reads the request, and answers nothing until the client has gone
  stall          sends a head and half of a stream, and then nothing until the client has gone
  cut            closes the connection in the middle of a stream
  end            ends a stream in good form, but without the last of it
  garbage        bytes that are no HTTP
  nonsense       a stream of events that are no JSON
  endless        events without end, each of them valid
  html           200 with a page
  echo           says the Authorization that it got, in the answer's text, in a header and in a comment
  redirect       307 to the same endpoint
  loop           307 to itself, for ever
  away           307 to the other address that `other` names
  downgrade      307 to http, from https

A test uses the class StandIn in its own process.
"""

import argparse
import contextlib
import http.server
import json
import re
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

COMPLETIONS = "/v1/chat/completions"
BEHAVIOURS = ("answer", "slow", "fail", "busy", "forbid", "timeout", "stall", "cut", "end", "garbage", "nonsense",
              "endless", "html", "echo", "redirect", "loop", "away", "downgrade")
# What waits for a test or a client ends with it; this is for those that hang.
WAIT_S = 120


def plan(messages):
    """What the model says next: (text, tool calls), each call a name and arguments."""
    question = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
    results = [m["content"] for m in messages if m["role"] == "tool"]
    wanted = []
    item = re.search(r"how many (\w+)", question, re.I)
    if item:
        wanted.append(("count", {"item": item[1]}))
    reserve = re.search(r"reserve (\d+)(?: (?!and\b)(\w+))?", question, re.I)
    if reserve:
        wanted.append(("reserve", {"item": reserve[2] or (item[1] if item else ""), "number": int(reserve[1])}))
    calls = len(wanted)
    if calls == 0:
        return "Ask me how many hammers are left.", []
    if not results:
        return "", wanted
    failed = [result.removeprefix("error: ") for result in results if result.startswith("error: ")]
    if failed:
        return "That did not work: " + "; ".join(failed) + ".", []
    if len(results) == calls and re.search(r"\bnote\b", question, re.I):
        return "", [("note", {"text": "; ".join(results)})]
    said = []
    if item:
        said.append(f"There are {results[0]} {item[1]}.")
    if reserve:
        said.append(f"Done: {results[calls - 1]}.")
    if len(results) > calls:
        said.append("I have noted it.")
    return " ".join(said), []


def pieces(text, size):
    return [text[at:at + size] for at in range(0, len(text), size)]


def chunks(text, calls):
    """The chunks of a streamed answer: characters of the text, then ids and names and pieces of arguments."""
    def chunk(delta, reason=None):
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "stand-in",
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in re.findall(r"\S+\s*", text):
        yield chunk({"content": piece})
    for index, (name, arguments) in enumerate(calls):
        yield chunk({"tool_calls": [{"index": index, "id": f"call_{index + 1}", "type": "function",
                                     "function": {"name": name, "arguments": ""}}]})
        for piece in pieces(json.dumps(arguments), 7):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, "tool_calls" if calls else "stop")
    # As some endpoints do: the usage, without a choice.
    yield {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [],
           "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


def completion(text, calls):
    message = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{index + 1}", "type": "function",
             "function": {"name": name, "arguments": json.dumps(arguments)}}
            for index, (name, arguments) in enumerate(calls)]
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "stand-in",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}]}


def event(data):
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


class Gone(Exception):
    """The client has closed the connection, or the stand-in closes."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # No packet waits for another: pieces arrive as they are made.
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/v1/seen":
            self.answer_json(200, self.server.stand_in.seen)
        else:
            self.answer_json(404, {"error": {"message": f"no such path: {self.path}"}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        stand_in = self.server.stand_in
        behaviour = stand_in.next_behaviour(self, body)
        try:
            getattr(self, f"do_{behaviour}")(body)
        except (Gone, ConnectionError, ssl.SSLError):
            self.close_connection = True
        finally:
            stand_in.over()

    # What goes over the wire.

    def answer_json(self, status, content, headers=()):
        self.answer_bytes(status, json.dumps(content).encode(), "application/json", headers)

    def answer_bytes(self, status, content, kind, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def begin_stream(self, headers=()):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def piece(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end_stream(self):
        self.wfile.write(b"0\r\n\r\n")

    def until_gone(self):
        """Waits until the client closes the connection."""
        self.connection.settimeout(0.05)
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and not self.server.stand_in.closing.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
        raise Gone

    # The behaviours.

    def chat(self, body, before=lambda: None, headers=(), comment=None, extra=""):
        asked = json.loads(body)
        text, calls = self.server.stand_in.answer(self.headers.get("Idempotency-Key"), asked["messages"])
        text += extra
        if not asked.get("stream"):
            self.answer_json(200, completion(text, calls), headers)
            return
        self.begin_stream(headers)
        if comment:
            self.piece(f": {comment}\r\n\r\n".encode())
        for chunk in chunks(text, calls):
            before()
            self.piece(event(chunk))
        self.piece(event("[DONE]"))
        self.end_stream()

    def do_answer(self, body):
        # A comment, as some endpoints send them to keep the connection.
        self.chat(body, comment="STAND-IN")

    def do_slow(self, body):
        self.chat(body, before=self.server.stand_in.wait_for_go)

    def do_echo(self, body):
        seen = self.headers.get("Authorization", "none")
        self.chat(body, headers=[("X-Seen", seen)], comment=f"seen {seen}", extra=f" I have seen {seen}.")

    def do_fail(self, _):
        self.answer_json(500, {"error": {"message": "the model has failed", "type": "server_error"}})

    def do_busy(self, _):
        self.answer_json(429, {"error": {"message": "too many requests", "type": "rate_limit"}},
                         [("Retry-After", "1")])

    def do_forbid(self, _):
        self.answer_json(401, {"error": {"message": "the key is not valid", "type": "invalid_request_error"}})

    def do_timeout(self, _):
        self.until_gone()

    def begin_half(self, body):
        """The head and the first half of the chunks."""
        self.begin_stream()
        made = list(chunks(*self.server.stand_in.plan(json.loads(body)["messages"])))
        for chunk in made[:max(2, len(made) // 2)]:
            self.piece(event(chunk))

    def do_stall(self, body):
        self.begin_half(body)
        self.until_gone()

    def do_cut(self, body):
        self.begin_half(body)
        self.close_connection = True

    def do_end(self, body):
        self.begin_half(body)
        self.end_stream()

    def do_garbage(self, _):
        self.wfile.write(bytes(range(256)) * 16)
        self.close_connection = True

    def do_nonsense(self, _):
        self.begin_stream()
        self.piece(event("<this is no JSON>"))
        self.end_stream()

    def do_endless(self, _):
        self.begin_stream()
        *_, chunk = (chunk for chunk in chunks("word", []) if "word" in json.dumps(chunk))
        while not self.server.stand_in.closing.is_set():
            self.piece(event(chunk))

    def do_html(self, _):
        self.answer_bytes(200, b"<title>A page</title>", "text/html")

    def redirect(self, where):
        self.send_response(307)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_redirect(self, _):
        self.redirect(COMPLETIONS)

    def do_loop(self, _):
        self.server.stand_in.script.insert(0, "loop")
        self.redirect(COMPLETIONS)

    def do_away(self, _):
        self.redirect(f"{self.server.stand_in.other}{COMPLETIONS}")

    def do_downgrade(self, _):
        self.redirect(f"http://{self.server.stand_in.address}{COMPLETIONS}")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # Many clients may come at once.
    request_queue_size = 1024

    def __init__(self, address, stand_in, tls):
        self.stand_in = stand_in
        self.tls = tls
        super().__init__(address, Handler)

    def process_request_thread(self, request, client_address):
        # The handshake is here, so that a silent client holds up its own thread alone.
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except (OSError, ssl.SSLError):
                self.stand_in.count_refused_handshake()
                self.shutdown_request(request)
                return
        super().process_request_thread(request, client_address)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)


class StandIn:
    """A stand-in in this process: `with StandIn() as model:`. Safe to use from any thread.

    `plan` is its thinking: from the messages of a conversation to a text and tool calls.
    """

    def __init__(self, listen="127.0.0.1:0", script=(), certificate=None, plan=plan):
        self.plan = plan
        self.script = list(script)
        self.seen = []  # A record of each request: method, path, headers as pairs, body as text, behaviour.
        self.executed = []  # The Idempotency-Key of each answer that was made, or None; a known key gets its answer again.
        self.kept_answers = {}
        self.refused_handshakes = 0
        self.other = ""  # Where `away` leads: a scheme, and an address with its port.
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._under_way = 0
        self._go = threading.Semaphore(0)
        tls = None
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
        host, port = listen.rsplit(":", 1)
        self.server = Server((host, int(port)), self, tls)
        self.address = f"{host}:{self.server.server_address[1]}"
        self.origin = f"{'https' if tls else 'http'}://{self.address}"
        self.endpoint = f"{self.origin}/v1"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the server and what it holds up; a second call does nothing."""
        if self.closing.is_set():
            return
        self.closing.set()
        self._go.release(1_000_000)
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def go(self, pieces=1):
        """Lets `slow` send so many more pieces."""
        self._go.release(pieces)

    def wait_for_go(self):
        if not self._go.acquire(timeout=WAIT_S) or self.closing.is_set():
            raise Gone

    def under_way(self):
        """How many requests have no whole answer yet."""
        with self._lock:
            return self._under_way

    def keys(self, name):
        """The values of a header in the requests so far; None where it was not sent."""
        return [next((value for key, value in one["headers"] if key.lower() == name.lower()), None)
                for one in self.seen]

    # What the handlers use.

    def next_behaviour(self, handler, body):
        with self._lock:
            behaviour = self.script.pop(0) if self.script else "answer"
            self._under_way += 1
            self.seen.append({"method": handler.command, "path": handler.path,
                              "headers": [list(pair) for pair in handler.headers.items()],
                              "body": body.decode("utf-8", "replace"), "behaviour": behaviour})
        return behaviour

    def over(self):
        with self._lock:
            self._under_way -= 1

    def answer(self, key, messages):
        """The text and the tool calls of an answer. A key that was there before has the same answer as then."""
        with self._lock:
            if key is None or key not in self.kept_answers:
                self.executed.append(key)
                self.kept_answers[key] = self.plan(messages)
            return self.kept_answers[key]

    def count_refused_handshake(self):
        with self._lock:
            self.refused_handshakes += 1


def make_authority(folder):
    """Makes a certificate authority in a folder; its certificate's path."""
    folder = Path(folder)
    key, certificate = folder / "authority.key", folder / "authority.pem"
    run_openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=Authority of a test", "-keyout", key, "-out", certificate)
    return certificate


def make_certificate(folder, name="127.0.0.1", authority="authority"):
    """A certificate for a name or address by an authority in the folder, with its key: two paths."""
    folder = Path(folder)
    key, asked, made, more = (folder / f"{name}.{ending}" for ending in ("key", "csr", "pem", "ext"))
    kind = "IP" if re.fullmatch(r"[\d.]+|.*:.*", name) else "DNS"
    more.write_text(f"subjectAltName={kind}:{name}\n")
    run_openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", asked)
    run_openssl("x509", "-req", "-in", asked, "-CA", folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key",
                "-CAcreateserial", "-days", "2", "-extfile", more, "-out", made)
    return made, key


def run_openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, words))}: {done.stderr}")


def main(plan=plan):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS:PORT")
    parser.add_argument("--script", default="", metavar="WORD,WORD,…", help=", ".join(BEHAVIOURS))
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    options = parser.parse_args()
    script = [word for word in options.script.split(",") if word]
    wrong = [word for word in script if word not in BEHAVIOURS]
    if wrong:
        parser.error(f"no such behaviour: {wrong[0]}; there are {', '.join(BEHAVIOURS)}")
    with StandIn(options.listen, script, options.tls, plan) as model, contextlib.suppress(KeyboardInterrupt):
        print(f"the stand-in listens on {model.endpoint}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
