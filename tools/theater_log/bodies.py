"""The body file beside a segment: detached payloads and their salts (docs/formats/log.md, "Body file")."""

import hashlib
import os
import struct

from theater_log.crc32c import crc32c

HEADER = struct.Struct("<8sII16sQ")
HEADER_SIZE = 44
RECORD_HEAD = 24


class BodyDamage(ValueError):
    """A record is not what its event says, and where in the file it is."""

    def __init__(self, offset, what):
        super().__init__(what)
        self.offset = offset


class BodyFile:
    """Reads the records in the order in which the events of the segment need them."""

    def __init__(self, path, log_id, segment):
        header = HEADER.pack(b"theaterB", 1, HEADER_SIZE, log_id, segment)
        self.header = header + crc32c(header).to_bytes(4, "little")
        self.end = 0  # Of the records that were needed so far; 0 before the first.
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

    def next_offset(self):
        """Where the next record begins."""
        return self.end or HEADER_SIZE

    def check_header(self):
        """Raises BodyDamage if what is there of the header is not right."""
        data = self._read(0, HEADER_SIZE) if self.file else b""
        if data[:8] != self.header[:len(data[:8])]:
            raise BodyDamage(0, "this does not begin as a body file does")
        if data[8:12] != self.header[8:len(data[:12])]:
            raise BodyDamage(8, f"version {int.from_bytes(data[8:12], 'little')} is not known here")
        if data != self.header[:len(data)]:
            raise BodyDamage(0, "the header is not that of a body file of this log and segment")

    def take(self, payload):
        """The data of the next record, which must be the payload; None if it was removed. Raises BodyDamage."""
        offset, length = self.next_offset(), payload["length"]
        self.end = offset + RECORD_HEAD + length
        if self.end > self.size:
            return None
        record = self._read(offset, RECORD_HEAD + length)
        crc, said = struct.unpack_from("<II", record)
        if said != length:
            raise BodyDamage(offset, f"the body has {said} bytes, but its event says {length}")
        if not any(record[:4]) and not any(record[8:]):
            return None
        if crc32c(record[4:]) != crc:
            raise BodyDamage(offset, "the body's checksum is wrong")
        if hashlib.sha256(b"\x02" + record[8:]).digest() != payload["hash"]:
            raise BodyDamage(offset, "the body does not have the hash that its event says")
        return record[RECORD_HEAD:]

    def left_over(self):
        """(offset, length) of what stands after the last record, without zeros at its end; length 0: nothing.

        In a file without records it is the header too.
        """
        offset = self.end
        if self.size <= offset:
            return offset, 0
        return offset, len(self._read(offset, self.size - offset).rstrip(b"\0"))
