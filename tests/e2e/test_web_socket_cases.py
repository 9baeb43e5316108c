"""WebSockets of an actor that echoes, case by case, in the groups and with the numbers of the Autobahn test suite.

Groups 12 and 13 are about compression, which no server here offers. Group 9 goes up to what a message may have.
The table of counts is in the README of the handler.
"""

import collections
import struct

import http_framework_case
import support
from http_framework_case import frame

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PROTOCOL, NO_TEXT, TOO_BIG, NORMAL = 1002, 1007, 1009, 1000
MESSAGE_MAX = 1 << 20
# What the table of the README says.
COUNTS = {1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 36, 9: 28, 10: 1}


def with_bits(bits, opcode, payload=b""):
    """A frame with reserved bits, of which there are three."""
    whole = bytearray(frame(opcode, payload))
    whole[0] |= bits << 4
    return bytes(whole)


def close(code=NORMAL, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


def chopped(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


def in_frames(opcode, payload, size):
    """The message in frames of at most `size` bytes."""
    pieces = chopped(payload, size) or [b""]
    return b"".join(frame(opcode if at == 0 else CONTINUATION, piece, last=at == len(pieces) - 1)
                    for at, piece in enumerate(pieces))


class Case:
    """What a client sends, piece by piece, and what it gets: messages, and then perhaps a close of the server.

    An echo comes from the actor, and a close from the node as soon as it reads what ends the connection. So where the
    connection ends, `got` is what may come first; the suite calls a close without it not strict.
    """

    def __init__(self, number, sent, got=(), code=None, codes=()):
        self.number = number
        self.sent = [sent] if isinstance(sent, bytes) else list(sent)
        self.got = list(got)
        self.is_well = code is None and not codes
        self.codes = codes or (NORMAL if code is None else code,)


def framing():
    for group, opcode, byte in ((1, TEXT, b"*"), (2, BINARY, b"\xfe")):
        for number, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
            payload = byte * size
            yield Case(f"1.{group}.{number}", frame(opcode, payload), [(opcode, payload)])
        payload = byte * 65536
        yield Case(f"1.{group}.8", chopped(frame(opcode, payload), 997), [(opcode, payload)])


def pings():
    yield Case("2.1", frame(PING), [(PONG, b"")])
    yield Case("2.2", frame(PING, b"Hello, world!"), [(PONG, b"Hello, world!")])
    yield Case("2.3", frame(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"), [(PONG, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")])
    yield Case("2.4", frame(PING, b"\xfe" * 125), [(PONG, b"\xfe" * 125)])
    yield Case("2.5", frame(PING, b"\xfe" * 126), code=PROTOCOL)
    yield Case("2.6", chopped(frame(PING, b"\xfe" * 125), 1), [(PONG, b"\xfe" * 125)])
    yield Case("2.7", frame(PONG))
    yield Case("2.8", frame(PONG, b"unsolicited"))
    yield Case("2.9", frame(PONG, b"unsolicited") + frame(PING, b"ping"), [(PONG, b"ping")])
    ten = [b"payload-%d" % number for number in range(10)]
    all_of_them = b"".join(frame(PING, payload) for payload in ten)
    yield Case("2.10", all_of_them, [(PONG, payload) for payload in ten])
    yield Case("2.11", chopped(all_of_them, 1), [(PONG, payload) for payload in ten])


def reserved_bits():
    hello, ping = frame(TEXT, b"Hello, world!"), frame(PING)
    echo = [(TEXT, b"Hello, world!")]
    yield Case("3.1", with_bits(1, TEXT, b"Hello, world!"), code=PROTOCOL)
    yield Case("3.2", hello + with_bits(2, TEXT, b"Hello, world!") + ping, echo, PROTOCOL)
    yield Case("3.3", [hello, with_bits(3, TEXT, b"Hello, world!"), ping], echo, PROTOCOL)
    yield Case("3.4", chopped(hello + with_bits(4, TEXT, b"Hello, world!") + ping, 1), echo, PROTOCOL)
    yield Case("3.5", with_bits(5, BINARY, b"\x00\xff\xfe\xfd"), code=PROTOCOL)
    yield Case("3.6", with_bits(6, PING, b"Hello, world!"), code=PROTOCOL)
    yield Case("3.7", with_bits(7, CLOSE), code=PROTOCOL)


def opcodes():
    hello, ping = frame(TEXT, b"Hello, world!"), frame(PING)
    echo = [(TEXT, b"Hello, world!")]
    for group, codes in ((1, range(3, 8)), (2, range(11, 16))):
        first, second, third, fourth, fifth = codes
        yield Case(f"4.{group}.1", frame(first), code=PROTOCOL)
        yield Case(f"4.{group}.2", frame(second, b"reserved opcode"), code=PROTOCOL)
        yield Case(f"4.{group}.3", [hello, frame(third), ping], echo, PROTOCOL)
        yield Case(f"4.{group}.4", [hello, frame(fourth, b"reserved opcode"), ping], echo, PROTOCOL)
        yield Case(f"4.{group}.5", chopped(hello + frame(fifth, b"reserved opcode") + ping, 1), echo, PROTOCOL)


def fragments():
    parts = frame(TEXT, b"fragment1", last=False), frame(CONTINUATION, b"fragment2")
    ping = frame(PING, b"ping payload")
    echo, pong = (TEXT, b"fragment1fragment2"), (PONG, b"ping payload")
    yield Case("5.1", frame(PING, b"fragment1", last=False) + parts[1], code=PROTOCOL)
    yield Case("5.2", frame(PONG, b"fragment1", last=False) + parts[1], code=PROTOCOL)
    yield Case("5.3", b"".join(parts), [echo])
    yield Case("5.4", parts, [echo])
    yield Case("5.5", chopped(b"".join(parts), 1), [echo])
    yield Case("5.6", parts[0] + ping + parts[1], [pong, echo])
    yield Case("5.7", [parts[0], ping, parts[1]], [pong, echo])
    yield Case("5.8", chopped(parts[0] + ping + parts[1], 1), [pong, echo])
    lost, hello = frame(CONTINUATION, b"non-continuation payload"), frame(TEXT, b"Hello, world!")
    open_end = frame(CONTINUATION, b"non-continuation payload", last=False)
    for number, first in ((9, lost), (12, open_end)):
        yield Case(f"5.{number}", first + hello, code=PROTOCOL)
        yield Case(f"5.{number + 1}", [first, hello], code=PROTOCOL)
        yield Case(f"5.{number + 2}", chopped(first + hello, 1), code=PROTOCOL)
    yield Case("5.15", b"".join(parts) + open_end + hello, [echo], PROTOCOL)
    yield Case("5.16", (open_end + frame(TEXT, b"fragment1", last=False) + parts[1]) * 2, code=PROTOCOL)
    yield Case("5.17", (lost + frame(TEXT, b"fragment1", last=False) + parts[1]) * 2, code=PROTOCOL)
    yield Case("5.18", parts[0] + frame(TEXT, b"fragment2"), code=PROTOCOL)
    five = [frame(TEXT, b"fragment1", last=False), frame(CONTINUATION, b"fragment2", last=False), ping,
            frame(CONTINUATION, b"fragment3", last=False), frame(CONTINUATION, b"fragment4", last=False), ping,
            frame(CONTINUATION, b"fragment5")]
    whole = (TEXT, b"fragment1fragment2fragment3fragment4fragment5")
    yield Case("5.19", five, [pong, pong, whole])
    yield Case("5.20", chopped(b"".join(five), 3), [pong, pong, whole])


# The sequences of groups 6.5 to 6.23: Markus Kuhn's "UTF-8 decoder capability and stress test".
GREEK = "\u03ba\u1f79\u03c3\u03bc\u03b5".encode()
VALID = {
    "6.5": ["hello$world", "hello\u00a2world", "hello\u20acworld", "hello\U00024b62world", GREEK.decode()],
    "6.7": ["\x00", "\x80", "\u0800", "\U00010000"],
    "6.9": ["\x7f", "\u07ff", "\uffff", "\U0010ffff"],
    "6.11": ["\ud7ff", "\ue000", "\ufffd", "\U0010ffff"],
    "6.22": [chr((plane << 16) | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)],
    "6.23": ["\ufff9", "\ufffa", "\ufffb", "\ufffc", "\ufffd", "\ufffe", "\uffff"],
}
INVALID = {
    "6.8": [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
    "6.10": [b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"],
    "6.12": [b"\x80", b"\xbf", b"\x80\xbf", b"\x80\xbf\x80", b"\x80\xbf\x80\xbf", b"\x80\xbf\x80\xbf\x80",
             b"\x80\xbf\x80\xbf\x80\xbf", bytes(range(0x80, 0xC0))],
    "6.13": [b" ".join(bytes([lead]) for lead in leads) + b" " for leads in
             (range(0xC0, 0xE0), range(0xE0, 0xF0), range(0xF0, 0xF8), range(0xF8, 0xFC), range(0xFC, 0xFE))],
    "6.14": [b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80", b"\xdf", b"\xef\xbf",
             b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"],
    "6.15": [b"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80\xdf\xef\xbf\xf7\xbf\xbf\xfb\xbf\xbf\xbf"],
    "6.16": [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
    # Longer than they need to be.
    "6.17": [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"],
    "6.18": [b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"],
    "6.19": [b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"],
    # Surrogates, alone and in pairs.
    "6.20": [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf", b"\xed\xb0\x80", b"\xed\xbe\x80",
             b"\xed\xbf\xbf"],
    "6.21": [first + second for first in (b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf")
             for second in (b"\xed\xb0\x80", b"\xed\xbf\xbf")],
}


def texts():
    nothing = frame(TEXT, b"", last=False)
    yield Case("6.1.1", frame(TEXT), [(TEXT, b"")])
    yield Case("6.1.2", nothing + frame(CONTINUATION, b"", last=False) + frame(CONTINUATION), [(TEXT, b"")])
    yield Case("6.1.3", nothing + frame(CONTINUATION, b"middle", last=False) + frame(CONTINUATION), [(TEXT, b"middle")])
    text = "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!".encode()
    yield Case("6.2.1", frame(TEXT, text), [(TEXT, text)])
    yield Case("6.2.2", in_frames(TEXT, text, 7), [(TEXT, text)])
    yield Case("6.2.3", in_frames(TEXT, text, 1), [(TEXT, text)])
    yield Case("6.2.4", in_frames(TEXT, GREEK, 1), [(TEXT, GREEK)])
    bad = GREEK + b"\xed\xa0\x80edited"
    yield Case("6.3.1", frame(TEXT, bad), code=NO_TEXT)
    yield Case("6.3.2", in_frames(TEXT, bad, 1), code=NO_TEXT)
    for number, (good, wrong) in enumerate(((GREEK + b"\xf4", b"\x90\x80\x80edited"), (GREEK + b"\xf4\x90", b"\x80\x80edited")), 1):
        yield Case(f"6.4.{number}", [frame(TEXT, good, last=False), frame(CONTINUATION, wrong)], code=NO_TEXT)
        pieces = chopped(frame(TEXT, good + wrong), len(good) + 6)
        yield Case(f"6.4.{number + 2}", pieces, code=NO_TEXT)
    for group, sequences in VALID.items():
        for number, sequence in enumerate(sequences, 1):
            yield Case(f"{group}.{number}", frame(TEXT, sequence.encode()), [(TEXT, sequence.encode())])
    # Each beginning of a text: some end in the middle of a character.
    ends = {len(GREEK.decode()[:count].encode()) for count in range(1, 6)}
    for size in range(1, len(GREEK) + 1):
        part = GREEK[:size]
        yield Case(f"6.6.{size}", frame(TEXT, part), [(TEXT, part)]) if size in ends else \
            Case(f"6.6.{size}", frame(TEXT, part), code=NO_TEXT)
    # One beyond the last character.
    yield Case("6.11.5", frame(TEXT, b"\xf4\x90\x80\x80"), code=NO_TEXT)
    for group, sequences in INVALID.items():
        for number, sequence in enumerate(sequences, 1):
            yield Case(f"{group}.{number}", frame(TEXT, sequence), code=NO_TEXT)


def closes():
    hello, bye = frame(TEXT, b"Hello World!"), close()
    yield Case("7.1.1", hello, [(TEXT, b"Hello World!")])
    yield Case("7.1.2", bye + bye, code=NORMAL)
    yield Case("7.1.3", bye + frame(PING), code=NORMAL)
    yield Case("7.1.4", bye + hello, code=NORMAL)
    yield Case("7.1.5", frame(TEXT, b"fragment1", last=False) + bye + frame(CONTINUATION, b"fragment2"), code=NORMAL)
    yield Case("7.3.1", frame(CLOSE), code=NORMAL)
    yield Case("7.3.2", frame(CLOSE, b"a"), code=PROTOCOL)
    yield Case("7.3.3", bye, code=NORMAL)
    yield Case("7.3.4", close(reason=b"Hello World!"), code=NORMAL)
    yield Case("7.3.5", close(reason=b"*" * 123), code=NORMAL)
    yield Case("7.3.6", close(reason=b"*" * 124), code=PROTOCOL)
    yield Case("7.5.1", close(reason=GREEK + b"\xed\xa0\x80edited"), codes=(PROTOCOL, NO_TEXT))
    codes = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    for number, code in enumerate(codes, 1):
        yield Case(f"7.7.{number}", close(code), code=code)
    for number, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1):
        yield Case(f"7.9.{number}", close(code), code=PROTOCOL)
    # The suite leaves the outcome open.
    yield Case("7.13.1", close(5000), codes=(PROTOCOL, 5000))
    yield Case("7.13.2", close(65535), codes=(PROTOCOL, 65535))


def sizes():
    for group, opcode, byte in ((1, TEXT, b"*"), (2, BINARY, b"\xfe")):
        for number, size in enumerate((1 << 16, 1 << 18, MESSAGE_MAX), 1):
            yield Case(f"9.{group}.{number}", frame(opcode, byte * size), [(opcode, byte * size)])
        # The suite has larger ones, which go over our bound.
        yield Case(f"9.{group}.4", frame(opcode, byte * (MESSAGE_MAX + 1)), code=TOO_BIG)
        whole = byte * (1 << 18)
        for number, size in enumerate((64, 256, 1024, 4096, 16384, 65536), 1):
            yield Case(f"9.{group + 2}.{number}", in_frames(opcode, whole, size), [(opcode, whole)])
        for number, size in enumerate((64, 256, 1024, 4096), 1):
            whole = byte * (1 << 16)
            yield Case(f"9.{group + 4}.{number}", chopped(frame(opcode, whole), size), [(opcode, whole)])


def automatic_fragments():
    payload = b"*" * 65536
    yield Case("10.1.1", in_frames(TEXT, payload, 1300), [(TEXT, payload)])


class Cases(http_framework_case.HttpFrameworkCase):
    def check(self, port, case):
        client = self.socket_of(port)
        try:
            for piece in case.sent:
                client.send(piece)
        except OSError:
            self.assertFalse(case.is_well, "the server went in the middle of what it takes")
        wanted = list(case.got)
        if case.is_well:
            self.assertEqual([client.message() for _ in wanted], wanted)
            wanted = []
            client.send(close())
        opcode, payload = client.message()
        while opcode != CLOSE and wanted:
            self.assertEqual((opcode, payload), wanted.pop(0))
            opcode, payload = client.message()
        self.assertEqual(opcode, CLOSE)
        self.assertIn(struct.unpack(">H", payload[:2])[0] if payload else 0, case.codes)
        self.assertIsNone(client.message(), "the close is the last")
        client.socket.close()

    def test_all_cases(self):
        port = self.web(text='[log]\ndurability = "memory"\n')
        done = collections.Counter()
        for make in (framing, pings, reserved_bits, opcodes, fragments, texts, closes, sizes, automatic_fragments):
            for case in make():
                with self.subTest(case.number):
                    self.check(port, case)
                    done[int(case.number.split(".")[0])] += 1
        self.assertEqual(dict(done), COUNTS)
        self.assertEqual(self.client(port).get("/")[0], 200)


if __name__ == "__main__":
    support.main()
