"""A client of WebSockets (RFC 6455) for tests: text and binary messages, no extensions."""

import base64
import hashlib
import os
import socket
import struct

import support

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
    """The server answered with another status than 101, which is the first argument."""


class WebSocket:
    def __init__(self, address, path, subprotocol=None):
        """`address` is HOST:PORT."""
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=support.TIMEOUT_S)
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", f"Host: {address}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13"]
        if subprotocol is not None:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.unread = b""
        head = self._read_until(b"\r\n\r\n").decode()
        status = int(head.split(" ", 2)[1])
        if status != 101:
            self.close()
            raise Refused(status)
        accepted = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
        assert f"sec-websocket-accept: {accepted.lower()}" in head.lower(), head

    def _read_until(self, end):
        while end not in self.unread:
            self._read_more()
        found, _, self.unread = self.unread.partition(end)
        return found

    def _read_more(self):
        more = self.socket.recv(1 << 16)
        if not more:
            raise ConnectionError("the server closed the connection")
        self.unread += more

    def _read(self, size):
        while len(self.unread) < size:
            self._read_more()
        found, self.unread = self.unread[:size], self.unread[size:]
        return found

    def send(self, content, opcode=None):
        """A str is a text message, and bytes are a binary one."""
        opcode = opcode or (TEXT if isinstance(content, str) else BINARY)
        body = content.encode() if isinstance(content, str) else content
        size = len(body)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += struct.pack(">BH", 0x80 | 126, size)
        else:
            head += struct.pack(">BQ", 0x80 | 127, size)
        mask = os.urandom(4)
        self.socket.sendall(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(body)))

    def receive(self):
        """The next text or binary message, or (CLOSE, its body). Answers pings."""
        while True:
            first, second = self._read(2)
            size = second & 0x7F
            if size == 126:
                [size] = struct.unpack(">H", self._read(2))
            elif size == 127:
                [size] = struct.unpack(">Q", self._read(8))
            body = self._read(size)
            opcode = first & 0x0F
            assert first & 0x80, "a fragment, which no server here sends"
            if opcode == PING:
                self.send(body, PONG)
            elif opcode == TEXT:
                return body.decode()
            elif opcode == BINARY:
                return body
            elif opcode == CLOSE:
                return (CLOSE, body)

    def close(self):
        self.socket.close()
