"""The bodies of a test's log: where something is in them, and what remains when it is removed."""

import struct
import subprocess
import sys

import support
import zstandard


class LogBodies:
    """Belongs to a support.Case."""

    def body_file(self):
        return self.folder / "home/log/segments/0000000000.bodies"

    def bodies(self, data):
        """(offset, stored bytes, the body) of each record of a body file; None for one that was removed."""
        known, at = {}, 44
        while at + 40 <= len(data):
            crc, count, length, form, _, base = struct.unpack_from("<IIII16sQ", data, at)
            stored = bytes(data[at + 40:at + 40 + count])
            if not any(data[at:]):
                return
            if form == 0:
                plain = stored if crc else None
            elif form == 1:
                plain = zstandard.ZstdDecompressor().decompress(stored, max_output_size=length)
            elif known.get(base) is None:
                plain = None
            elif form == 2:
                before = zstandard.ZstdCompressionDict(known[base], dict_type=zstandard.DICT_TYPE_RAWCONTENT)
                plain = zstandard.ZstdDecompressor(dict_data=before).decompress(stored, max_output_size=length)
            else:
                plain = stored + known[base][len(known[base]) - (length - count):]
            known[at] = plain
            yield at, stored, plain
            at += 40 + count

    def found(self, *words):
        """Where the words are, which are bytes: files of the folder, and bodies of the log by what they decode to."""
        places = [str(path.relative_to(self.folder)) for path in self.folder.rglob("*")
                  if path.is_file() and any(word in path.read_bytes() for word in words)]
        return places + [f"body at {at}" for at, _, plain in self.bodies(self.body_file().read_bytes())
                         if plain and any(word in plain for word in words)]

    def remove(self, *words):
        """Removes each body with one of the words, as docs/formats/log.md says; how many it were."""
        data = bytearray(self.body_file().read_bytes())
        hits = [(at, stored) for at, stored, plain in list(self.bodies(bytes(data)))
                if plain and any(word in plain for word in words)]
        for at, stored in hits:
            data[at:at + 4] = bytes(4)
            data[at + 12:at + 40 + len(stored)] = bytes(28 + len(stored))
        self.body_file().write_bytes(data)
        return len(hits)

    def verdicts(self, actor):
        """What both verifiers say of the log and of an export of the actor."""
        self.theater("log", "export", actor, "-o", "actor.export", exit=0)
        said = []
        for path, tool in (("home", "verify_log.py"), ("actor.export", "verify_export.py")):
            path = self.folder / path
            said.append(self.theater("verify", path, "--json").lines()[0]["verdict"])
            run = subprocess.run([sys.executable, support.ROOT / "tools" / tool, path], capture_output=True, text=True,
                                 check=False, timeout=support.TIMEOUT_S)
            said.append(run.stdout.split("\n")[0])
        return said
