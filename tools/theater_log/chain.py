"""One chain of events: hash, link, position and time of each, and its life cycle."""

import hashlib

from theater_log.lifecycle import LifeCycle, NodeLifeCycle


class Broken(ValueError):
    """An event does not continue its chain."""


def event_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def case_of(variant):
    """Label and payload of a decoded variant; the payload of a case without one is None."""
    return (variant, None) if isinstance(variant, str) else variant


class Chain:
    """Takes a chain's events in order. Of no further use after a violation."""

    def __init__(self, node=False):
        self.actor = None
        self.count = 0
        self.head = bytes(32)
        self.time = 0
        self.life_cycle = NodeLifeCycle() if node else LifeCycle()

    def accept(self, event, digest):
        """Takes the decoded event with this hash. Raises Broken or lifecycle.Violation."""
        if event["seq"] != self.count:
            raise Broken(f"seq {event['seq']}, not {self.count}")
        if event["parent"] != self.head:
            raise Broken("the parent is not the hash of the event before")
        if event["time"] < self.time:
            raise Broken("the time is less than in the event before")
        label, body = case_of(event["body"])
        self.life_cycle.accept(self.count, label, body)
        if label == "genesis":
            self.actor = body["actor"]
        self.count += 1
        self.head, self.time = digest, event["time"]
