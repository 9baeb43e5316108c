"""The forms in which a detached payload is stored, in a body file or in an export (docs/formats/log.md,
"Body file"). What reads the records from a file is elsewhere.
"""

import math
import struct
from collections import OrderedDict
from dataclasses import dataclass

import zstandard

RAW, ZSTD, ZSTD_AFTER, TAIL, ABSENT, SPLICE = range(6)
FORMS = {RAW: "raw", ZSTD: "zstd", ZSTD_AFTER: "zstd-after", TAIL: "tail", ABSENT: "absent", SPLICE: "splice"}
WITH_BASE = {ZSTD_AFTER, TAIL, SPLICE}
# What a splice stores before its frame: how many bytes it takes from the beginning of its base, and from the end.
SPLICE_HEAD = struct.Struct("<II")
# A record can be read with this many others at most.
BASES_MAX = 16
# Longer bodies are not read.
LENGTH_MAX = 1 << 30
CACHE_SIZE_MAX = 64 << 20
FRAME_MAGIC = bytes.fromhex("28b52ffd")
WINDOW_MAX = 1 << 31


class Damage(ValueError):
    """A record is wrong, or does not make its body."""


class Missing(Exception):
    """Nothing contradicts the record, but its bytes are not there. `is_recomputable`: for the component makes them
    again in a replay, if the body is an output.
    """

    def __init__(self, what, is_recomputable=False):
        super().__init__(what)
        self.is_recomputable = is_recomputable


class Refused(Missing):
    """The allowance for bodies is spent."""


@dataclass(frozen=True)
class Record:
    offset: int
    length: int  # Of the body.
    form: int
    salt: bytes
    base: int
    stored: bytes
    is_removed: bool = False


class Allowance:
    """The most bytes that a check makes of bodies: a small record may name a large base, and so may thousands.

    A body costs the length and the stored bytes of its record and of all its bases, whatever a cache has of them.
    Once a body costs more than is left, no later one is made.
    """

    def __init__(self, bytes_max):
        self.bytes_max = self.left = bytes_max
        self.is_spent = False

    def refuse_if_spent(self):
        if self.is_spent:
            raise Refused("the body was not read, since the bodies before it came to the bound")

    def take(self, cost):
        self.is_spent = self.is_spent or cost > self.left
        self.refuse_if_spent()
        self.left -= cost

    def what(self, kind, size):
        """The sentence of the finding, for a log or export of `size` bytes."""
        return (f"not all detached payloads were read: those of this {kind} of {size} bytes make more than "
                f"{self.bytes_max} bytes, and so many are read at most; --bodies-max sets another bound")


def usual_bodies_max(size):
    """The bound for a log or export whose files have `size` bytes."""
    return (4 << 30) + 2048 * size


class Expander:
    """Makes the bodies of one file's records, and remembers some of them.

    `read(offset, end)` gives the record at `offset`, which must end at `end` or before; it raises Damage. No record
    begins before `first`.
    """

    def __init__(self, read, first, forms=tuple(FORMS), cache_size_max=CACHE_SIZE_MAX, allowance=None):
        self.read, self.first, self.forms = read, first, forms
        self.allowance = allowance or Allowance(math.inf)
        self.cache_size_max, self.cache_size = cache_size_max, 0
        self.cache = OrderedDict()  # Offset -> (body, how many bases it needs, its cost), the oldest first.

    def body(self, record):
        """The bytes of the body. Raises Damage and Missing."""
        waiting = [record]
        data, bases, cost = None, -1, 0  # Of the last one's base.
        while True:
            last = waiting[-1]
            try:
                check_form(last, self.first, self.forms)
            except Damage as damage:
                raise _of(last, record, damage) from None
            if last is record and record.form != ABSENT:
                self.allowance.refuse_if_spent()
            if last.form not in WITH_BASE:
                break
            if last.base in self.cache:
                data, bases, cost = self.cache[last.base]
                break
            if len(waiting) > BASES_MAX:
                bases = BASES_MAX
                break
            waiting.append(self._base(last, record))
        if bases + len(waiting) > BASES_MAX:
            raise Damage(f"the body needs more than {BASES_MAX} bases")
        if record.form != ABSENT:
            self.allowance.take(cost + sum(map(_cost, waiting)))
        while waiting:
            last = waiting.pop()
            try:
                data = expand(last, data)
            except Damage as damage:
                raise _of(last, record, damage) from None
            bases += 1
            cost += _cost(last)
            self._remember(last.offset, data, bases, cost)
        return data

    def _base(self, record, wanted):
        """The record of a record's base."""
        try:
            base = self.read(record.base, record.offset)
        except Damage as damage:
            raise _of(record, wanted, damage) from None
        if base.is_removed:
            raise Missing(f"the body was lost with its base at {record.base}, which was removed")
        if base.form == ABSENT:
            raise _of(record, wanted, Damage(f"the body's base at {record.base} is absent"))
        if base.length > LENGTH_MAX:
            raise Missing(f"the body's base at {record.base} has {base.length} bytes, more than are read")
        return base

    def _remember(self, offset, data, bases, cost):
        if offset in self.cache:
            self.cache_size -= len(self.cache.pop(offset)[0])
        self.cache[offset] = (data, bases, cost)
        self.cache_size += len(data)
        while self.cache_size > self.cache_size_max and len(self.cache) > 1:
            _, (dropped, *_) = self.cache.popitem(last=False)
            self.cache_size -= len(dropped)


def _cost(record):
    """What a record costs without its bases."""
    return record.length + len(record.stored)


def _of(record, wanted, damage):
    """The damage of a record, as that of the one that was wanted."""
    return damage if record is wanted else Damage(f"the base at {record.offset}: {damage}")


def check_form(record, first, forms=tuple(FORMS)):
    """Raises Damage if the fields of a record do not go together."""
    form, count = record.form, len(record.stored)
    if form not in forms:
        raise Damage(f"the body is of the form {form}, which is not known here")
    if form in WITH_BASE:
        if not first <= record.base < record.offset:
            raise Damage(f"the body's base is said to be at {record.base}, where no record before it begins")
    elif record.base:
        raise Damage(f"the body is {FORMS[form]} and names a base, at {record.base}")
    if form == RAW and count != record.length:
        raise Damage(f"the body is raw and has {record.length} bytes, but {count} are stored")
    if form == TAIL and count >= record.length:
        raise Damage(f"the body has {record.length} bytes, and with {count} stored nothing is left for its tail")
    if form == ABSENT and count:
        raise Damage(f"the body is absent, but {count} bytes are stored")
    if form == SPLICE:
        check_splice(record)


def check_splice(record):
    """Raises Damage if the stored bytes of a splice do not go with its length."""
    if len(record.stored) < SPLICE_HEAD.size:
        raise Damage(f"the body is a splice, but only {len(record.stored)} bytes are stored")
    taken = sum(SPLICE_HEAD.unpack_from(record.stored))
    if not 0 < taken <= record.length:
        raise Damage(f"the body has {record.length} bytes, but takes {taken} from its base")
    if (taken == record.length) != (len(record.stored) == SPLICE_HEAD.size):
        raise Damage(f"the body has {record.length} bytes and takes {taken} from its base, "
                     f"but {len(record.stored)} are stored")


def expand(record, base):
    """The body of a record, of which check_form() is content; `base` is the body of its base, if it has one."""
    if record.form == RAW:
        return record.stored
    if record.form == ZSTD:
        return decode_frame(record.stored, record.length)
    if record.form == ZSTD_AFTER:
        return decode_frame(record.stored, record.length, base)
    if record.form == TAIL:
        count = record.length - len(record.stored)
        if count > len(base):
            raise Damage(f"the body takes its last {count} bytes from a base of {len(base)}")
        return record.stored + base[len(base) - count:]
    if record.form == SPLICE:
        return expand_splice(record, base)
    raise Missing("the body is absent", is_recomputable=True)


def expand_splice(record, base):
    beginning, end = SPLICE_HEAD.unpack_from(record.stored)
    for count, where in ((beginning, "first"), (end, "last")):
        if count > len(base):
            raise Damage(f"the body takes its {where} {count} bytes from a base of {len(base)}")
    length = record.length - beginning - end
    middle = decode_frame(record.stored[SPLICE_HEAD.size:], length, base[:beginning]) if length else b""
    return base[:beginning] + middle + base[len(base) - end:]


def decode_frame(stored, length, prefix=b""):
    """The `length` bytes of the one zstd frame that `stored` is. Makes room for one byte more, whatever it says."""
    end = frame_end(stored)
    if end != len(stored):
        raise Damage(f"{len(stored) - end} bytes stand after the zstd frame")
    if length > content_max(len(stored)):
        raise Damage(f"the body has {length} bytes, but a zstd frame of {len(stored)} bytes holds "
                     f"{content_max(len(stored))} at most")
    try:
        frame = zstandard.get_frame_parameters(stored)
        if frame.dict_id:
            raise Damage(f"the zstd frame wants the dictionary {frame.dict_id}")
        if frame.content_size not in (zstandard.CONTENTSIZE_UNKNOWN, length):
            raise Damage(f"the zstd frame is of {frame.content_size} bytes, but the body has {length}")
        dictionary = None
        if prefix:
            dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        decoder = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=WINDOW_MAX)
        data = decoder.decompress(stored, max_output_size=length + 1)
    except zstandard.ZstdError:
        raise Damage(f"the zstd frame does not decode to {length} bytes") from None
    if len(data) != length:
        raise Damage(f"the zstd frame makes {len(data)} bytes or more, but the body has {length}")
    return data


def content_max(stored):
    """The most bytes that a zstd frame of `stored` bytes can hold: after a header of 6 bytes or more, each block of
    4 bytes or more holds 128 KiB at most (RFC 8878 section 3.1.1).
    """
    return max(stored - 6, 0) // 4 << 17


def frame_end(data):
    """Where the zstd frame ends that `data` begins with (RFC 8878 section 3.1.1). Raises Damage."""
    if len(data) < 5 or data[:4] != FRAME_MAGIC:
        raise Damage("the stored bytes are no zstd frame")
    descriptor = data[4]
    is_single = descriptor >> 5 & 1
    at = 5 + (1 - is_single) + (0, 1, 2, 4)[descriptor & 3] + (is_single, 2, 4, 8)[descriptor >> 6]
    is_last = False
    while not is_last:
        head, = struct.unpack("<I", data[at:at + 3].ljust(4, b"\0"))
        is_last, kind, size = head & 1, head >> 1 & 3, head >> 3
        at += 3 + (1 if kind == 1 else size)
        if at > len(data):
            raise Damage("the zstd frame is cut off")
    at += 4 * (descriptor >> 2 & 1)
    if at > len(data):
        raise Damage("the zstd frame is cut off")
    return at
