"""Parents and children: the chains of both must tell the same of birth and end (docs/formats/log.md, "Families")."""

import hashlib

from theater_log.chain import case_of


class Families:
    """Takes the events of all chains, in the order of the log. Remembers every event's hash."""

    def __init__(self):
        self.events = {}      # Actor -> {hash: position} of its chain.
        self.births = {}      # Actor -> (its genesis, the hash of that, where).
        self.begun = set()    # Actors that got an instance.
        self.ends = {}        # Actor -> (the hash of its `terminated`, how).
        self.said = {}        # Actor -> [(parent, position of `child`, what it says, where)].
        self.said_ended = []  # (parent, actor, head, how, where).
        self.open = {}        # Actor -> its children that have not ended.
        self.wrong = []       # (what, where).

    def accept(self, actor, position, label, body, digest, data, where):
        """`data` are the detached payloads of the event, None for one that is not there."""
        self.events.setdefault(actor, {})[digest] = position
        if label == "genesis":
            self.births.setdefault(actor, (body, digest, where))
        elif label == "instance":
            self.begun.add(actor)
        elif label == "terminated":
            self.ends.setdefault(actor, (digest, ending(body["how"], data)))
            if left := self.open.pop(actor, None):
                self.wrong.append((f"`terminated`, and no `child-ended` of {min(left).hex()}", where))
        elif label == "child":
            self.said.setdefault(body["actor"], []).append((actor, position, body["genesis"], where))
            self.open.setdefault(actor, set()).add(body["actor"])
        elif label == "child-ended":
            if body["actor"] not in self.open.get(actor, ()):
                self.wrong.append((f"`child-ended` of {body['actor'].hex()}, which is no child then", where))
                return
            self.open[actor].remove(body["actor"])
            self.said_ended.append((actor, body["actor"], body["head"], ending(body["how"], data), where))

    def finish(self):
        """(what, where) of everything that is wrong."""
        for actor, said in self.said.items():
            for _, _, _, where in said[1:]:
                self.wrong.append((f"`child` of {actor.hex()}, which was one already", where))
            self._child(actor, *said[0])
        for actor, (genesis, _, where) in self.births.items():
            self._genesis(actor, genesis["parent"], where)
        for parent, actor, head, how, where in self.said_ended:
            if actor in self.births and self.said[actor][0][0] == parent:
                self._ended(actor, head, how, where)
        return self.wrong

    def _child(self, actor, parent, position, genesis, where):
        if actor not in self.births:
            return  # It is kept in memory.
        its_genesis, digest, its_place = self.births[actor]
        ancestor = its_genesis["parent"]
        if digest != genesis:
            self.wrong.append((f"`child` cites another genesis than that of {actor.hex()}", where))
        if ancestor is None or ancestor["actor"] != parent:
            self.wrong.append((f"`child` of {actor.hex()}, whose genesis does not name this parent", where))
        elif self.events[parent].get(ancestor["event"], -1) >= position:
            self.wrong.append(("the genesis cites an event that is not before the parent's `child`", its_place))

    def _genesis(self, actor, ancestor, where):
        if ancestor is None or ancestor["actor"] not in self.births:
            return  # There is no parent, or it is kept in memory.
        if actor in self.begun and actor not in self.said:
            self.wrong.append(("the parent that the genesis names has no `child` of it", where))
        if ancestor["event"] not in self.events[ancestor["actor"]]:
            self.wrong.append(("the genesis cites an event that the parent does not have", where))

    def _ended(self, actor, head, how, where):
        its_head, its_how = self.ends.get(actor, (None, None))
        if its_head is None:
            self.wrong.append((f"`child-ended` of {actor.hex()}, which has no `terminated`", where))
        elif its_head != head:
            self.wrong.append((f"`child-ended` cites another head than that of {actor.hex()}", where))
        elif its_how[:2] != how[:2] or None not in (its_how[2], how[2]) and its_how[2] != how[2]:
            self.wrong.append((f"`child-ended` says otherwise how {actor.hex()} ended", where))


def ending(how, data):
    """(which, length of the data, hash of the data); no hash if the data are not there."""
    label, payload = case_of(how)
    if payload is None:
        return label, None, None
    kind, value = payload
    if kind == "inline":
        return label, len(value), hashlib.sha256(value).digest()
    there = data[0] if data else None
    return label, value["length"], None if there is None else hashlib.sha256(there).digest()
