"""The body file of a segment: detached payloads and their salts (docs/formats/log.md, "Body file")."""

import hashlib
import os
import struct

from theater_log.body_record import LENGTH_MAX, Damage, Expander, Missing, Record
from theater_log.chain import case_of
from theater_log.crc32c import crc32c
from theater_log.values import detached
from theater_log.version import VERSION, refuse_old, unknown

HEADER = struct.Struct("<8sII16sQ")
HEADER_SIZE = 44
MAGIC = b"theaterB"
RECORD = struct.Struct("<IIII16sQ")
# The field of a body that a replay computes; no other payload may be absent.
OUTPUTS = {"host": "arguments", "note": "arguments", "refused": "arguments", "intent": "arguments",
           "sent": "arguments", "returned": "result"}


class BodyDamage(ValueError):
    """A record is not what its event says, and where in the file it is."""

    def __init__(self, offset, what):
        super().__init__(what)
        self.offset = offset


def payloads_of(body):
    """(detached payload, whether it is an output) for each in the body of an event, in order."""
    label, fields = case_of(body)
    if not isinstance(fields, dict):
        return [(payload, False) for payload in detached(fields)]
    return [(payload, name == OUTPUTS.get(label)) for name, value in fields.items() for payload in detached(value)]


class BodyFile:
    """Reads the records in the order in which the events of the segment need them.

    For each group, begin_group() comes first and end_group() last. The number of stored bytes, by which a reader
    finds the next record, stands in the file alone. Where it cannot be read or believed, the frame of the next event
    with bodies and the group's trailer say where the records are.
    """

    def __init__(self, path, log_id, segment, allowance=None):
        header = HEADER.pack(MAGIC, VERSION, HEADER_SIZE, log_id, segment)
        self.header = header + crc32c(header).to_bytes(4, "little")
        self.end = 0              # Of the records that were needed so far; 0 before the first.
        self.is_exact = True      # Else they end there or after it.
        self.is_doubtful = False  # Not exact, because the last one is damaged.
        self.limit = 0            # Where the bodies of the group end.
        self.expander = Expander(self._base, HEADER_SIZE, allowance=allowance)
        try:
            self.file = open(path, "rb")
            self.size = os.fstat(self.file.fileno()).st_size
        except FileNotFoundError:
            self.file, self.size = None, 0

    def close(self):
        if self.file:
            self.file.close()

    def _read(self, offset, count):
        self.file.seek(offset)
        return self.file.read(count)

    def refuse_old(self):
        """Raises Unsupported for a file of version 1."""
        data = self._read(0, 12) if self.file else b""
        if len(data) == 12 and data[:8] == MAGIC:
            refuse_old("body file", int.from_bytes(data[8:], "little"))

    def check_header(self):
        """Raises BodyDamage if what is there of the header is not right."""
        data = self._read(0, HEADER_SIZE) if self.file else b""
        if data[:8] != self.header[:len(data[:8])]:
            raise BodyDamage(0, "this does not begin as a body file does")
        if data[8:12] != self.header[8:len(data[:12])]:
            raise BodyDamage(8, unknown("body file", int.from_bytes(data[8:12], "little")))
        if data != self.header[:len(data)]:
            raise BodyDamage(0, "the header is not that of a body file of this log and segment")

    # Where records are

    def next_offset(self):
        """Where the next record begins; if not `is_exact`, there or after it."""
        return self.end or HEADER_SIZE

    def begin_group(self, limit):
        """The group's trailer says that its bodies end at `limit`."""
        self.limit = limit

    def go_to(self, offset):
        """A frame says that its first record is there; false if it cannot be."""
        right = self.next_offset()
        if offset != right and (self.is_exact or offset < right):
            return False
        self._ends(offset)
        return True

    def end_group(self):
        """False if the records cannot end where the group's trailer says."""
        if self.end != self.limit and (self.is_exact or self.limit < self.end):
            return False
        self._ends(self.limit)
        return True

    def _ends(self, offset):
        self.end, self.is_exact, self.is_doubtful = offset, True, False

    def _doubt(self, offset, what):
        self.end, self.is_exact, self.is_doubtful = offset + RECORD.size, False, True
        return BodyDamage(offset, what)

    # What they hold

    def take(self, payload):
        """The data of the next record, which must be the payload. Raises BodyDamage and Missing."""
        offset = self.next_offset()
        if self.is_doubtful:
            raise self._doubt(offset, "the body's place is not known, since the record before it is damaged")
        end = offset + RECORD.size
        if end <= min(self.size, self.limit):
            head = self._read(offset, RECORD.size)
            end += RECORD.unpack(head)[1]
        elif end <= self.limit:
            self.end, self.is_exact = end, False
            raise Missing("the body was removed: the file ends before it")
        if end > self.limit:
            raise self._doubt(offset, f"the body's record ends at {end} or after it, but its group's trailer says "
                              f"that the bodies end at {self.limit}")
        self._ends(end)
        if end > self.size:
            raise Missing("the body was removed: the file ends before it")
        try:
            return self._take(offset, end, head, payload)
        except Damage as damage:
            raise BodyDamage(offset, str(damage)) from None

    def _take(self, offset, end, head, payload):
        _, _, length, *_ = RECORD.unpack(head)
        if length != payload["length"]:
            raise Damage(f"the body has {length} bytes, but its event says {payload['length']}")
        if length > LENGTH_MAX:
            raise Missing(f"the body has {length} bytes, more than are read")
        record = _record(offset, head, self._read(offset + RECORD.size, end - offset - RECORD.size))
        if record is None:
            raise self._doubt(offset, "the body's checksum is wrong")
        if record.is_removed:
            raise Missing("the body was removed")
        data = self.expander.body(record)
        if hashlib.sha256(b"\x02" + record.salt + data).digest() != payload["hash"]:
            raise Damage("the body does not have the hash that its event says")
        return data

    def _base(self, offset, limit):
        """The record at `offset`, for one that begins at `limit`."""
        record = None
        if offset + RECORD.size <= limit:
            head = self._read(offset, RECORD.size)
            count = RECORD.unpack(head)[1]
            if offset + RECORD.size + count <= limit:
                record = _record(offset, head, self._read(offset + RECORD.size, count))
        if record is None:
            raise Damage(f"no record is at {offset}, where the body's base is said to be")
        return record

    def left_over(self):
        """(offset, length) of what stands after the last record, without zeros at its end; length 0: nothing.

        In a file without records it is the header too.
        """
        offset = self.end
        if self.size <= offset:
            return offset, 0
        return offset, len(self._read(offset, self.size - offset).rstrip(b"\0"))


def _record(offset, head, stored):
    """The record with these bytes; None if its checksum is wrong."""
    crc, _, length, form, salt, base = RECORD.unpack(head)
    is_removed = not any(head[:4]) and not any(head[12:]) and not any(stored)
    if not is_removed and crc32c(head[4:] + stored) != crc:
        return None
    return Record(offset, length, form, salt, base, stored, is_removed)
