"""The contents that a log names by their SHA-256: manifests, components and states, in the blob store next to it."""

import hashlib
import os

from .chain import case_of
from .report import UNVERIFIABLE


def blobs_beside(path, log):
    """The blob store of the log that `path` names: of a home, or next to a log's own folder; None if that has none."""
    if path != log:
        return os.path.join(path, "blobs")
    beside = os.path.join(os.path.dirname(os.path.abspath(log)), "blobs")
    return beside if os.path.isdir(beside) else None


class Contents:
    """Takes the events of a log in their order, and then reads what they name."""

    def __init__(self):
        self.needed = {}     # What each digest is, and the first event that needs it.
        self.snapshots = {}  # The states that only snapshots name: a recovery does without them.

    def accept(self, label, body, where):
        if label == "genesis" and body["manifest"] is not None:
            self._need(body["manifest"], "manifest", where)
        elif label == "control":
            operation, value = case_of(body["operation"])
            if operation == "updated":
                self._need(value["manifest"], "manifest", where)
        elif label == "instance":
            self._need(body["component"], "component", where)
            # Every later instance has a state that a call before it returned.
            if body["why"] == "start":
                self._state(body["state"], lambda digest: self._need(digest, "state", where))
        elif label == "snapshot":
            self._state(body["state"], lambda digest: self.snapshots.setdefault(digest, where))

    def finish(self, blobs, report):
        """Reads each content once and adds to the report what is missing or damaged."""
        lost = 0
        for digest, (what, where) in self.needed.items():
            why = _fault(blobs, digest)
            if why:
                lost += 1
                report.add(UNVERIFIABLE, f"the {what} that it names cannot be had, so this actor cannot be replayed: "
                                         f"{why}", **where)
        snapshots = [digest for digest in self.snapshots if digest not in self.needed and _fault(blobs, digest)]
        report.contents = {"named": len(self.needed), "lost": lost, "snapshots_lost": len(snapshots)}

    def _need(self, digest, what, where):
        self.needed.setdefault(bytes(digest), (what, where))

    def _state(self, state, take):
        kind, value = case_of(state)
        if kind == "some":
            take(bytes(value["digest"]))


def _fault(blobs, digest):
    """Why there is no content with this digest; None if there is."""
    name = digest.hex()
    path = os.path.join(blobs, name[:2], name)
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError:
        return f"there is no blob {name}"
    except OSError as error:
        return str(error)
    return None if found == digest else f"blob {path} is damaged: its digest is {found.hex()}"
