"""The bytes of a segment file: header, frames, groups, footer and tail (docs/formats/log.md, "Segment")."""

import struct
from dataclasses import dataclass

from theater_log.crc32c import crc32c
from theater_log.version import VERSION, refuse_old, unknown

EVENT, EVENT_WITH_BODIES, TRAILER, FOOTER = 1, 2, 3, 4
FRAME_HEAD = 16
HEADER = struct.Struct("<8sII16sQQQ")
TRAILER_FIELDS = struct.Struct("<16sQQQQQ32s")
TAIL = struct.Struct("<Q8s")
LOW_56 = (1 << 56) - 1


class Damage(ValueError):
    """Something that does not check, and where it is in the file."""

    def __init__(self, offset, what):
        super().__init__(what)
        self.offset = offset


@dataclass
class Header:
    log_id: bytes
    number: int
    first: int
    next_actor: int
    peaks: list
    end: int


@dataclass
class Frame:
    kind: int
    actor: int
    payload: bytes
    offset: int
    end: int

    def event(self):
        """The event's bytes, and where its bodies begin in the body file (None without any)."""
        if self.kind == EVENT:
            return self.payload, None
        return self.payload[8:], int.from_bytes(self.payload[:8], "little")


@dataclass
class Trailer:
    log_id: bytes
    segment: int
    first: int
    count: int
    offset: int
    bodies_end: int
    root: bytes


@dataclass
class Group:
    frames: list
    trailer: Trailer
    trailer_offset: int
    end: int


def read_header(data):
    """Raises Damage, and Unsupported for version 1."""
    if len(data) < HEADER.size + 4:
        raise Damage(0, "the header is cut off")
    magic, version, length, log_id, number, first, next_actor = HEADER.unpack_from(data)
    if magic != b"theaterL":
        raise Damage(0, "this does not begin as a segment does")
    if version != VERSION:
        refuse_old("segment", version)
        raise Damage(8, unknown("segment", version))
    count = first.bit_count()
    if length != HEADER.size + 4 + 32 * count or length > len(data):
        raise Damage(12, f"the header is said to have {length} bytes")
    if crc32c(data[:length - 4]) != int.from_bytes(data[length - 4:length], "little"):
        raise Damage(0, "the header's checksum is wrong")
    peaks = [data[at:at + 32] for at in range(HEADER.size, length - 4, 32)]
    return Header(log_id, number, first, next_actor, peaks, length)


def read_frame(data, at):
    """The frame at `at`; None at the end of the file, or where room set aside begins."""
    head = data[at:at + FRAME_HEAD]
    if not any(head):
        return None
    if len(head) < FRAME_HEAD:
        raise Damage(at, "the frame is cut off")
    crc, length, actor_and_kind = struct.unpack("<IIQ", head)
    end = at + FRAME_HEAD + length
    if end > len(data):
        raise Damage(at, f"the frame of {length} bytes goes beyond the end of the file")
    if crc32c(data[at + 4:end]) != crc:
        raise Damage(at, "the frame's checksum is wrong")
    frame = Frame(actor_and_kind >> 56, actor_and_kind & LOW_56, data[at + FRAME_HEAD:end], at, end)
    if frame.kind not in (EVENT, EVENT_WITH_BODIES, TRAILER, FOOTER):
        raise Damage(at, f"no frame is of kind {frame.kind}")
    if frame.kind in (TRAILER, FOOTER) and frame.actor != 0:
        raise Damage(at, f"a frame of kind {frame.kind} with actor number {frame.actor}")
    if frame.kind == TRAILER and length != TRAILER_FIELDS.size:
        raise Damage(at, f"a trailer of {length} bytes")
    if frame.kind == EVENT_WITH_BODIES and length < 8:
        raise Damage(at, f"an event with bodies of {length} bytes")
    return frame


def read_group(data, at, header, first):
    """The whole group at `at`, whose first event has index `first`; a footer's Frame; None at the end.

    Raises Damage if what stands there is not whole.
    """
    start, frames = at, []
    while True:
        frame = read_frame(data, at)
        if frame is None and not frames:
            return None
        if frame is None:
            raise Damage(at, "the group has no trailer")
        if frame.kind == FOOTER and not frames:
            return frame
        if frame.kind == FOOTER:
            raise Damage(at, "a footer inside a group")
        if frame.kind == TRAILER:
            break
        frames.append(frame)
        at = frame.end
    trailer = Trailer(*TRAILER_FIELDS.unpack(frame.payload))
    for name, said, there in (
            ("log id", trailer.log_id.hex(), header.log_id.hex()),
            ("segment", trailer.segment, header.number), ("index", trailer.first, first),
            ("number of events", trailer.count, len(frames)), ("offset", trailer.offset, start)):
        if said != there:
            raise Damage(at, f"the trailer's {name} is {said}, but {there} is right")
    if not frames:
        raise Damage(at, "a group without events")
    return Group(frames, trailer, at, frame.end)


def later_group(data, at, log_id, segment):
    """Where, after `at`, the trailer of a whole group stands that begins after it, and where its trailer says;
    None if there is none. An empty log id stands for any.
    """
    needle = struct.pack("<IQ", TRAILER_FIELDS.size, TRAILER << 56) + log_id
    found = data.find(needle, at + 4)
    while found != -1:
        if _is_whole(data, at, found - 4, segment):
            return found - 4
        found = data.find(needle, found + 1)
    return None


def _is_whole(data, after, trailer_offset, segment):
    """Whether a trailer stands there, and its group after `after`."""
    try:
        trailer = Trailer(*TRAILER_FIELDS.unpack(read_frame(data, trailer_offset).payload))
        if trailer.segment != segment or trailer.offset <= after:
            return False
        at, count = trailer.offset, 0
        while at < trailer_offset:
            frame = read_frame(data, at)
            if frame is None or frame.kind not in (EVENT, EVENT_WITH_BODIES):
                return False
            at, count = frame.end, count + 1
        return at == trailer_offset and count == trailer.count > 0
    except Damage:
        return False


def read_footer(payload):
    """(number of events, [(actor number, actor id, seq of its first event, [offsets])]). Raises ValueError."""
    try:
        events, count = struct.unpack_from("<QI", payload)
        at, actors = 12, []
        for _ in range(count):
            number, actor, seq, own = struct.unpack_from("<Q16sQI", payload, at)
            at += 36
            actors.append((number, actor, seq, list(struct.unpack_from(f"<{own}I", payload, at))))
            at += 4 * own
    except struct.error:
        raise ValueError("the footer is too short for what it lists") from None
    if at != len(payload):
        raise ValueError(f"{len(payload) - at} bytes after the footer's list")
    return events, actors
