"""The Merkle tree of RFC 6962 section 2.1 over leaf hashes, and its hashes as C2SP tlog-tiles."""

import hashlib
import os
import re

TILE_WIDTH = 256


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Grows by a leaf at a time; keeps the peaks, the hashes of its perfect subtrees, largest first."""

    def __init__(self):
        self.size = 0
        self.peaks = []

    def append(self, leaf):
        # As many subtrees of the same size are joined as there are ones at the end of the size.
        joined = self.size
        while joined & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            joined >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


TILE_PATH = re.compile(r"tile/(\d+)/((?:x\d{3}/)*)(\d{3})(?:\.p/(\d+))?")


def parse_tile_path(path):
    """(level, index, width) of a path below the log's folder; None if it names no tile."""
    match = TILE_PATH.fullmatch(path)
    if match is None:
        return None
    level, above, last, width = match.groups()
    index = int(above.replace("x", "").replace("/", "") + last)
    if tile_path(int(level), index, int(width or TILE_WIDTH)) != path:
        return None
    return int(level), index, int(width or TILE_WIDTH)


def tile_path(level, index, width):
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < TILE_WIDTH else "")


class Tiles:
    """The tiles that a log's folder holds, and what the tree says that they hold."""

    def __init__(self, folder):
        self.files = {}  # (level, index) -> {width: (path, SHA-256 of the file)}
        self.open = [[]]  # By level: the hashes of the tile that is not full yet.
        self.index = [0]  # By level: the number of that tile.
        self.wrong = []   # (path, what)
        for place, _, names in os.walk(os.path.join(folder, "tile")):
            for name in names:
                self._read(folder, os.path.join(place, name))

    def _read(self, folder, file):
        path = os.path.relpath(file, folder).replace(os.sep, "/")
        place = parse_tile_path(path)
        if place is None:
            return
        try:
            with open(file, "rb") as stream:
                digest = hashlib.sha256(stream.read()).digest()
        except FileNotFoundError:
            return  # A partial tile that was just replaced by a wider one.
        level, index, width = place
        self.files.setdefault((level, index), {})[width] = (path, digest)

    def append(self, leaf):
        if not self.files:
            return
        level = 0
        while True:
            hashes = self.open[level]
            hashes.append(leaf)
            if len(hashes) < TILE_WIDTH:
                return
            self._compare(level)
            leaf = _perfect_root(hashes)
            self.open[level] = []
            self.index[level] += 1
            level += 1
            if level == len(self.open):
                self.open.append([])
                self.index.append(0)

    def finish(self):
        """Compares what was left; everything wrong is in `wrong` then."""
        for level in range(len(self.open)):
            self._compare(level)
        for files in self.files.values():
            self.wrong += [(path, "the tile is beyond the end of the log") for path, _ in files.values()]
        self.files = {}
        self.wrong.sort()

    def _compare(self, level):
        hashes = self.open[level]
        files = self.files.get((level, self.index[level]), {})
        for width in [width for width in files if width <= len(hashes)]:
            path, digest = files.pop(width)
            if hashlib.sha256(b"".join(hashes[:width])).digest() != digest:
                self.wrong.append((path, "the tile does not hold the tree's hashes"))


def _perfect_root(hashes):
    while len(hashes) > 1:
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2])]
    return hashes[0]
