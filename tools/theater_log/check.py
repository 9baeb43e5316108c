"""Does this log prove itself? docs/formats/log.md, "What verify checks"."""

import os
import re

from theater_log import checkpoint as notes
from theater_log.bodies import BodyDamage, BodyFile, payloads_of
from theater_log.body_record import Allowance, Missing, Refused, usual_bodies_max
from theater_log.chain import Broken, Chain, case_of, event_hash
from theater_log.contents import Contents
from theater_log.families import Families
from theater_log.lifecycle import Violation
from theater_log.report import INVALID, UNVERIFIABLE, Report
from theater_log.segment import TAIL, Damage, Frame, later_group, read_footer, read_group, read_header
from theater_log.tree import Tiles, Tree
from theater_log.values import Malformed, decoder

SEGMENT_NAME = re.compile(r"(\d{10})\.segment")
FILE_NAME = re.compile(r"\d{10}\.(segment|bodies)")


def log_folder(path):
    """The log's folder, of it or of a home; None if there is no log: no segment, and no checkpoint of any."""
    for folder in (path, os.path.join(path, "log")):
        segments = os.path.join(folder, "segments")
        if os.path.isdir(segments) and (os.path.exists(os.path.join(folder, "checkpoint"))
                                        or any(map(SEGMENT_NAME.fullmatch, os.listdir(segments)))):
            return folder
    return None


def check_log(folder, types, outside=(), key=None, blobs=None, bodies_max=None):
    """Reads all of the log in `folder` and returns a Report. Raises version.Unsupported.

    `outside` are checkpoints from elsewhere, (name, bytes) each; `key` is what
    checkpoint.parse_verifier_key() gives, if the log must be signed by a certain one. `blobs` is the folder of
    the contents that the log names; None to look for none. `bodies_max` is the most bytes to make of bodies; without
    it, the usual ones for the size of the log.
    """
    return _Check(folder, types, outside, key, blobs, bodies_max).run()


def _size_of_segments(folder):
    """The bytes of the segments and their body files."""
    return sum(entry.stat().st_size for entry in os.scandir(folder)
               if FILE_NAME.fullmatch(entry.name) and entry.is_file())


class _Check:
    def __init__(self, folder, types, outside, key, blobs, bodies_max):
        self.folder = folder
        self.decode = decoder(types, "event")
        self.key = key
        self.report = Report()
        self.log_id = None
        self.tree = Tree()
        self.chains = {}      # By actor number.
        self.numbers = {}     # By actor id.
        self.spoiled = set()  # Numbers of chains that were found wrong.
        self.families = Families()
        self.contents = Contents()
        self.blobs = blobs
        self.bytes = _size_of_segments(os.path.join(folder, "segments"))
        self.allowance = Allowance(usual_bodies_max(self.bytes) if bodies_max is None else bodies_max)
        self.keys = []        # (index, key) that the node's chain names.
        self.roots_agree = True
        self.whole = True     # Reading came to the end of the log.
        # These are read before the segments, so that a log that grows meanwhile has all of them.
        self.own = self._own_checkpoint()
        self.outside = [(name, note) for name, note in map(self._parse, outside) if note]
        self.tiles = Tiles(folder)
        wanted = [note for _, note in self.outside] + ([self.own] if self.own else [])
        self.roots = {note.size: None for note in wanted}

    def _parse(self, named):
        name, data = named
        try:
            return name, notes.parse(data)
        except notes.Refused as why:
            self.report.add(INVALID, f"this is no checkpoint: {why}", file=name)
            return name, None

    def _own_checkpoint(self):
        try:
            with open(os.path.join(self.folder, "checkpoint"), "rb") as file:
                data = file.read()
        except FileNotFoundError:
            data = b""
        if data:
            return self._parse(("checkpoint", data))[1]
        self.report.add(UNVERIFIABLE, "the log has no checkpoint", file="checkpoint")
        return None

    def run(self):
        names = os.listdir(os.path.join(self.folder, "segments"))
        numbers = sorted(int(match.group(1)) for match in map(SEGMENT_NAME.fullmatch, names) if match)
        self._note_root()
        for position, number in enumerate(numbers):
            if number != position:
                self.report.add(INVALID, f"segment {position} is missing", segment=position,
                                file=f"segments/{position:010}.segment")
                self.whole = False
                break
            if not self._segment(number, newest=number == numbers[-1]):
                break
        return self._finish()

    def _note_root(self):
        if self.tree.size in self.roots:
            self.roots[self.tree.size] = self.tree.root()

    def _wrong(self, segment, what, **where):
        self.report.add(INVALID, what, file=f"segments/{segment:010}.segment", segment=segment, **where)

    # Segments

    def _segment(self, number, newest):
        """Checks a segment; false if nothing after it can be checked."""
        path = os.path.join(self.folder, "segments", f"{number:010}")
        with open(f"{path}.segment", "rb") as file:
            data = file.read()
        self.report.segments += 1
        try:
            header = read_header(data)
        except Damage as damage:
            return self._damaged(number, data, newest, 0, damage)
        self.log_id = self.log_id or header.log_id
        if not self._header(number, header):
            return False
        bodies = BodyFile(f"{path}.bodies", self.log_id, number, self.allowance)
        try:
            bodies.refuse_old()
            return _Segment(self, number, newest, data, header, bodies).check()
        finally:
            bodies.close()

    def _header(self, number, header):
        """Compares the header with what came before; false if the segment does not belong there."""
        above = 1 + max(self.chains, default=0)
        for name, said, there in (
                ("log id", header.log_id.hex(), self.log_id.hex()), ("number", header.number, number),
                ("first index", header.first, self.tree.size), ("actor number", header.next_actor, above),
                ("peaks", [peak.hex() for peak in header.peaks], [peak.hex() for peak in self.tree.peaks])):
            if said != there:
                self._wrong(number, f"the header's {name} is {said}, but {there} is right", offset=0)
                self.whole = False
                return False
        return True

    def _damaged(self, number, data, newest, start, damage):
        """What `damage` means, after whole groups up to `start`; true if it is a torn write only."""
        after = later_group(data, start, self.log_id or b"", number) if newest else None
        if newest and after is None:
            length = len(data.rstrip(b"\0")) - start
            if length > 0:
                self.report.add(UNVERIFIABLE, f"{damage}: {length} bytes from {start} on count as never "
                                "written", file=f"segments/{number:010}.segment", segment=number,
                                offset=damage.offset)
            return True
        what = f"a whole group ends at {after} after it" if newest else "there is a segment after it"
        self._wrong(number, f"{damage}, and {what}", offset=damage.offset, index=self.tree.size)
        self.whole = False
        return False

    # Events

    def event(self, segment, frame, bodies):
        """Checks the next event of the log, and its detached payloads."""
        data, at = frame.event()
        index, digest = self.tree.size, event_hash(data)
        where = {"segment": segment, "file": f"segments/{segment:010}.segment", "offset": frame.offset,
                 "index": index}
        self.tree.append(digest)
        self.tiles.append(digest)
        self._note_root()
        self.report.events += 1
        if frame.actor not in self.chains:
            self.chains[frame.actor] = Chain(node=frame.actor == 0)
        chain = self.chains[frame.actor]
        where.update({"actor": chain.actor.hex()} if chain.actor else {})
        try:
            event = self.decode(data)
        except Malformed as why:
            self.spoiled.add(frame.actor)
            self.report.add(INVALID, f"this is no event: {why}", **where)
            return
        if chain.actor is None and event["body"][0] == "genesis":
            where["actor"] = event["body"][1]["actor"].hex()
        where["seq"] = event["seq"]
        self._chain(frame.actor, chain, event, digest, where)
        data = self._bodies(payloads_of(event["body"]), at, bodies, where)
        if frame.actor not in self.spoiled and frame.actor != 0:
            label, body = case_of(event["body"])
            self.families.accept(chain.actor, event["seq"], label, body, digest, data, where)
            self.contents.accept(label, body, where)

    def _chain(self, number, chain, event, digest, where):
        if number in self.spoiled:
            return  # What follows a wrong event has nothing to be compared with.
        try:
            chain.accept(event, digest)
            label, body = case_of(event["body"])
            if label == "genesis":
                self._begin(number, body)
            elif number == 0:
                self._node_control(body, where)
        except (Broken, Violation) as why:
            self.spoiled.add(number)
            self.report.add(INVALID, str(why), **where)

    def _begin(self, number, genesis):
        if self.numbers.setdefault(genesis["actor"], number) != number:
            raise Broken(f"actor number {self.numbers[genesis['actor']]} has a chain of the same actor")
        if number == 0 and genesis["actor"] != self.log_id:
            raise Broken("the chain of the node is not of the actor that the log id names")

    def _node_control(self, control, where):
        operation, value = case_of(control["operation"])
        if operation != "key":
            return
        if len(value) != 32:
            raise Violation(f"a key of {len(value)} bytes")
        self.keys.append((where["index"], value))

    def _bodies(self, payloads, at, bodies, where):
        """The bytes of `payloads`, which are as payloads_of() says; None for those that are not there."""
        is_right = bodies.go_to(at) if payloads and at is not None else not payloads and at is None
        if not is_right:
            right = f"bodies at {bodies.next_offset()}" if payloads else "none"
            said = "none" if at is None else f"bodies at {at}"
            more = "" if bodies.is_exact or not payloads else " or more"
            self.report.add(INVALID, f"the frame says {said}, but {right}{more} is right", **where)
        return [self._body(*payload, bodies, where) for payload in payloads]

    def _body(self, payload, is_output, bodies, where):
        report = self.report
        report.bodies += 1
        place = {**where, "file": f"segments/{where['segment']:010}.bodies", "offset": bodies.next_offset()}
        try:
            return bodies.take(payload)
        except BodyDamage as damage:
            report.add(INVALID, str(damage), **place)
        except Refused:
            report.bodies_removed += 1
        except Missing as missing:
            if missing.is_recomputable and is_output:
                report.bodies_recomputable += 1
                return None
            more = ", and no replay can make it again" if missing.is_recomputable else ""
            report.bodies_removed += 1
            report.add(UNVERIFIABLE, f"{missing}{more}", **place)
        return None

    # The end

    def _finish(self):
        report = self.report
        report.actors = sum(number != 0 for number in self.chains)
        report.root = self.tree.root().hex()
        if self.log_id:
            report.log = self.log_id.hex()
        if self.chains and 0 not in self.chains:
            report.add(INVALID, "the log has no chain of its node")
        if self.whole:
            self.tiles.finish()
        # After a loss it is unknown what one chain should say of another.
        for what, where in self.families.finish() if self.whole and not self.spoiled else ():
            report.add(INVALID, what, **where)
        if self.allowance.is_spent:
            report.add(UNVERIFIABLE, self.allowance.what("log", self.bytes))
        if self.blobs is not None:
            self.contents.finish(self.blobs, report)
        for path, what in self.tiles.wrong:
            report.add(INVALID, what, file=path)
        if self.key is not None and self.keys and self.keys[-1][1] != self.key[1]:
            report.add(INVALID, "the key that the node's chain names is not the one that was asked for")
        covered = [note.size for name, note in self.outside if self._checkpoint(name, note)]
        if self.own and self._checkpoint("checkpoint", self.own):
            report.checkpoint = {"origin": self.own.origin, "size": self.own.size,
                                 "root": self.own.root.hex()}
            later = self.tree.size - max([self.own.size, *covered])
            if later:
                report.add(UNVERIFIABLE, f"the last {later} events are under no checkpoint", file="checkpoint")
        if self.log_id and self.keys:
            report.key = notes.verifier_key(notes.log_origin(self.log_id), self.keys[-1][1])
        return report

    def _checkpoint(self, name, note):
        """Checks a checkpoint against the log; whether it is good."""
        origin = notes.log_origin(self.log_id) if self.log_id else None
        what, verdict = self._contradiction(note, origin), INVALID
        keys = [(origin, key) for index, key in self.keys if index < note.size]
        key = self.key or (keys[-1] if keys else None)
        if what is None and key is None:
            what, verdict = "the node's chain names no key that it could be signed with", UNVERIFIABLE
        elif what is None:
            what = self._signature(note, *key)
        if what is not None:
            self.report.add(verdict, what, file=name)
        return what is None

    def _contradiction(self, note, origin):
        """How it contradicts the log; None if it does not."""
        if note.origin != origin:
            return f"the checkpoint is of {note.origin}, but the log is {origin or 'not there'}"
        root = self.roots[note.size]
        if root is None:
            there = f"the log has {self.tree.size}" if self.whole else f"{self.tree.size} could be read"
            return f"the checkpoint is of {note.size} events, but {there}"
        if root != note.root:
            return f"the root of the first {note.size} events is not the checkpoint's"
        return None

    def _signature(self, note, name, key):
        try:
            notes.check_signature(note, name, key)
        except notes.Refused as why:
            return str(why)
        return None


class _Segment:
    """The groups of one segment."""

    def __init__(self, log, number, newest, data, header, bodies):
        self.log, self.number, self.newest = log, number, newest
        self.data, self.header, self.bodies = data, header, bodies
        self.offsets = {}  # By actor number: (seq of its first event here, offsets of its frames).
        self.first = log.tree.size

    def check(self):
        """False if nothing after this segment can be checked."""
        at = self.header.end
        while True:
            try:
                found = read_group(self.data, at, self.header, self.log.tree.size)
                if found is None and self.data[at:].rstrip(b"\0"):
                    raise Damage(at, "there is something after the room set aside")
                if isinstance(found, Frame):
                    self._tail(found)
            except Damage as damage:
                return self._end(self.log._damaged(self.number, self.data, self.newest, at, damage))
            if not isinstance(found, (Frame, type(None))):
                self._group(found)
                at = found.end
                continue
            if found:
                self._footer(found)
            return self._end(True)

    def _group(self, group):
        log = self.log
        self.bodies.begin_group(group.trailer.bodies_end)
        for frame in group.frames:
            chain = log.chains.get(frame.actor)
            place = self.offsets.setdefault(frame.actor, (chain.count if chain else 0, []))
            place[1].append(frame.offset)
            log.event(self.number, frame, self.bodies)
        log.report.groups += 1
        place = {"offset": group.trailer_offset, "index": group.trailer.first}
        if not self.bodies.end_group():
            log._wrong(self.number, f"the trailer says that the body file ended at "
                       f"{group.trailer.bodies_end}, but {self.bodies.end} is right", **place)
        if log.roots_agree and group.trailer.root != log.tree.root():
            log.roots_agree = False
            log._wrong(self.number, "the trailer's root is not that of the events up to it", **place)

    def _tail(self, frame):
        tail = TAIL.pack(frame.offset, b"theaterE")
        if self.data[frame.end:] != tail:
            raise Damage(frame.end, "the file does not end with the footer's tail")

    def _footer(self, frame):
        log = self.log
        there = [(number, log.chains[number].actor, *place) for number, place in sorted(self.offsets.items())]
        try:
            events, actors = read_footer(frame.payload)
        except ValueError as why:
            log._wrong(self.number, str(why), offset=frame.offset)
            return
        if not log.spoiled.isdisjoint(self.offsets):
            return  # What it should say is not known.
        if (events, actors) != (log.tree.size - self.first, there):
            log._wrong(self.number, "the footer does not list the segment's events", offset=frame.offset)

    def _end(self, go_on):
        """Checks all that the body file holds, except the bodies."""
        name = f"segments/{self.number:010}.bodies"
        if self.bodies.end > 0:
            try:
                self.bodies.check_header()
            except BodyDamage as damage:
                self.log.report.add(INVALID, str(damage), file=name, segment=self.number, offset=damage.offset)
        offset, length = self.bodies.left_over()
        if length and go_on:
            what = "count as never written" if self.newest else "after the last body"
            self.log.report.add(UNVERIFIABLE if self.newest else INVALID, f"{length} bytes {what}", file=name,
                                segment=self.number, offset=offset)
        return go_on
