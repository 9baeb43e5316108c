"""Decodes values as the Component Model's Binary.md ("Value Definitions") encodes them, in the one
encoding that a value has; anything else is refused.

A record becomes a dict, an enum and a case without payload its label, a case with one (label, payload),
an option None or the value, a tuple a list of its parts, list<u8> bytes.
"""

# Bytes that a value of a named type must have.
SIZES = {"digest": 32, "actor-id": 16}


class Malformed(ValueError):
    """These bytes are no value of the type."""


def _number(bits):
    def read(data, at):
        value = shift = 0
        while True:
            if at >= len(data):
                raise Malformed(f"cut off at byte {at}")
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= bits:
                raise Malformed(f"the number before byte {at} has more than {bits} bits")
        if byte == 0 and shift > 7:
            raise Malformed(f"the number before byte {at} is not the shortest")
        if value >> bits:
            raise Malformed(f"the number before byte {at} has more than {bits} bits")
        return value, at
    return read


_u32, _u64 = _number(32), _number(64)


def _bytes(data, at):
    count, at = _u32(data, at)
    if at + count > len(data):
        raise Malformed(f"{count} bytes at byte {at} are cut off")
    return bytes(data[at:at + count]), at + count


def _byte(data, at):
    if at >= len(data):
        raise Malformed(f"cut off at byte {at}")
    return data[at], at + 1


def _string(data, at):
    value, end = _bytes(data, at)
    try:
        return value.decode("utf-8", "strict"), end
    except UnicodeDecodeError:
        raise Malformed(f"the text before byte {end} is not UTF-8") from None


def _choice(count):
    def read(data, at):
        index, end = _u32(data, at)
        if index >= count:
            raise Malformed(f"case {index} of {count} at byte {at}")
        return index, end
    return read


def _bool(data, at):
    index, at = _choice(2)(data, at)
    return index == 1, at


def _list(element):
    def read(data, at):
        count, at = _u32(data, at)
        values = []
        for _ in range(count):
            value, at = element(data, at)
            values.append(value)
        return values, at
    return read


def _tuple(*parts):
    def read(data, at):
        values = []
        for part in parts:
            value, at = part(data, at)
            values.append(value)
        return values, at
    return read


def _option(inner):
    choice = _choice(2)

    def read(data, at):
        index, at = choice(data, at)
        return inner(data, at) if index else (None, at)
    return read


def _record(fields):
    def read(data, at):
        value = {}
        for label, field in fields:
            value[label], at = field(data, at)
        return value, at
    return read


def _cases(cases):
    choice = _choice(len(cases))

    def read(data, at):
        index, at = choice(data, at)
        label, inner = cases[index]
        if inner is None:
            return label, at
        value, at = inner(data, at)
        return (label, value), at
    return read


def _sized(label, size):
    def read(data, at):
        value, end = _bytes(data, at)
        if len(value) != size:
            raise Malformed(f"{label} of {len(value)} bytes before byte {end}")
        return value, end
    return read


PRIMITIVE = {"bool": _bool, "u8": _byte, "u32": _u32, "u64": _u64, "string": _string}


def reader(types, wanted):
    """A function (data, at) -> (value, end) for a type of wit.parse_types()."""
    if wanted is None:
        return None
    if wanted == ("list", "u8"):
        return _bytes
    if isinstance(wanted, tuple):
        inner = [reader(types, part) for part in wanted[1:]]
        return {"list": _list, "option": _option, "tuple": _tuple}[wanted[0]](*inner)
    if wanted in PRIMITIVE:
        return PRIMITIVE[wanted]
    kind, parts = types[wanted]
    if kind == "alias":
        return _sized(wanted, SIZES[wanted]) if wanted in SIZES else reader(types, parts)
    inner = [(label, reader(types, part)) for label, part in parts]
    return _record(inner) if kind == "record" else _cases(inner)


def decoder(types, wanted):
    """A function from all the bytes of a value to the value. Raises Malformed."""
    read = reader(types, wanted)

    def decode(data):
        value, end = read(data, 0)
        if end != len(data):
            raise Malformed(f"{len(data) - end} bytes left over")
        return value
    return decode


def detached(value):
    """The detached payloads in a decoded value, in order."""
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    elif isinstance(value, tuple):
        if value[0] == "detached":
            return [value[1]]
        inner = value[1:]
    else:
        return []
    return [found for part in inner for found in detached(part)]
