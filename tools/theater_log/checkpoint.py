"""Checkpoints: C2SP tlog-checkpoint over signed-note, signed with Ed25519."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALGORITHM = b"\x01"


class Refused(ValueError):
    """This is no checkpoint, or no key, or not a good one; and why."""


@dataclass
class Checkpoint:
    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: list  # (name, bytes)


def bytes_of(text, what):
    """Decodes the one encoding that the bytes have."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{what} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Refused(f"{what} is not the usual base64 of its bytes")
    return data


def log_origin(log_id):
    return f"theater-log/{log_id.hex()}"


def key_id(name, key):
    return hashlib.sha256(name.encode() + b"\n" + ALGORITHM + key).digest()[:4]


def verifier_key(name, key):
    """The key as people hand it on (signed-note, "Verifier keys")."""
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(ALGORITHM + key).decode()}"


def parse_verifier_key(text):
    """(name, public key)."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not parts[0]:
        raise Refused("a key is written <name>+<key id>+<base64>")
    name, said, key = parts[0], parts[1], bytes_of(parts[2], "the key")
    if len(key) != 33 or key[:1] != ALGORITHM:
        raise Refused("the key is not of Ed25519")
    if said != key_id(name, key[1:]).hex():
        raise Refused("the key id is not that of name and key")
    return name, key[1:]


def parse(note):
    """The checkpoint that a signed note holds; nothing of it is believed yet."""
    try:
        text = note.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Refused("it is not UTF-8") from None
    if re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise Refused("there is a control character in it")
    body, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise Refused("it is not a text, an empty line, and signatures that end with a line break")
    lines = body.split("\n")
    if len(lines) < 3 or "" in lines:
        raise Refused("it does not begin with origin, size and root")
    if not re.fullmatch(r"0|[1-9][0-9]{0,19}", lines[1]) or int(lines[1]) >= 1 << 64:
        raise Refused("the second line is no size")
    root = bytes_of(lines[2], "the root")
    if len(root) != 32:
        raise Refused(f"the root has {len(root)} bytes")
    return Checkpoint(lines[0], int(lines[1]), root, (body + "\n").encode(),
                      [_signature(line) for line in signatures[:-1].split("\n")])


def _signature(line):
    match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
    if match is None:
        raise Refused(f"`{line}` is no signature")
    data = bytes_of(match.group(2), "a signature")
    if len(data) < 5:
        raise Refused("a signature is too short")
    return match.group(1), data


def check_signature(checkpoint, name, key):
    """Raises Refused unless it is signed by the key, and everything that claims to be by it is."""
    own = [data[4:] for signer, data in checkpoint.signatures
           if signer == name and data[:4] == key_id(name, key)]
    if not own:
        raise Refused("it is not signed by the log's key")
    try:
        public = Ed25519PublicKey.from_public_bytes(key)
        for signature in own:
            public.verify(signature, checkpoint.text)
    except (InvalidSignature, ValueError):
        raise Refused("the signature is wrong") from None
