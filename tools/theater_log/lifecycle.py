"""In which order the events of one chain may stand: docs/formats/event.md, "Order".

    chain = genesis run* terminated?
    run   = snapshot? instance io* (failed | (call io* (returned | failed))*)
    io    = host | note | refused | sent | answered | intent | outcome
"""

import enum

INIT = "theater:simple/actor/init"
ANYWHERE = {"control", "child", "child-ended", "discarded", "answered"}
IO = {"host", "note", "refused", "sent", "intent", "outcome"}
ANSWERED_KINDS = {"request", "open-channel"}


class Violation(ValueError):
    """A rule that an event breaks."""


class Phase(enum.Enum):
    EMPTY = "at the beginning"
    BEGUN = "after `genesis`"
    SNAPSHOT = "after `snapshot`"
    STARTING = "after `instance`"
    IN_CALL = "in a call"
    IDLE = "after `returned`"
    FAILED = "after `failed`"
    TERMINATED = "after `terminated`"


# The phases that a body may follow, and the one that it leads to.
STEPS = {
    "genesis": ({Phase.EMPTY}, Phase.BEGUN),
    "snapshot": ({Phase.BEGUN, Phase.STARTING, Phase.IDLE}, Phase.SNAPSHOT),
    "instance": ({Phase.BEGUN, Phase.SNAPSHOT, Phase.STARTING, Phase.IDLE, Phase.FAILED},
                 Phase.STARTING),
    "call": ({Phase.STARTING, Phase.IDLE}, Phase.IN_CALL),
    "returned": ({Phase.IN_CALL}, Phase.IDLE),
    "failed": ({Phase.STARTING, Phase.IN_CALL}, Phase.FAILED),
    "terminated": ({Phase.BEGUN, Phase.STARTING, Phase.IDLE, Phase.FAILED}, Phase.TERMINATED),
}


def check_genesis(body):
    if body["log-version"] != 1:
        raise Violation(f"log-version {body['log-version']} is not known here, only 1 is")


def check_functions(names):
    """The function table: each name once, in the order of their bytes."""
    data = [name.encode() for name in names]
    for before, name in zip(data, data[1:]):
        if name <= before:
            raise Violation(f"function table: `{name.decode()}` is out of order or there twice")


class NodeLifeCycle:
    """The chain of a node: `genesis`, then `control`."""

    def __init__(self):
        self.begun = False

    def accept(self, _seq, label, body):
        if label != ("control" if self.begun else "genesis"):
            raise Violation(f"`{label}` in the chain of a node, which is `genesis` and then `control`")
        if label == "genesis":
            check_genesis(body)
        self.begun = True


class LifeCycle:
    """Takes the bodies of an actor's chain, one by one. Of no further use after a violation."""

    def __init__(self):
        self.phase = Phase.EMPTY
        self.functions = []
        self.incarnation = None
        self.instance_seq = 0     # Of the newest `instance` that lost what was requested before it.
        self.init_due = False     # The next `call` is of `init`.
        self.failure_due = False  # A `refused` with a trap stands there: `failed` comes next.
        self.intents = set()      # Without outcome.
        self.requests = set()     # Accepted, without answer.

    def accept(self, seq, label, body):
        if label in ANYWHERE:
            if self.phase in (Phase.EMPTY, Phase.TERMINATED):
                raise Violation(f"`{label}` {self.phase.value}")
            if label == "answered":
                self.answered(body)
            return
        if self.failure_due and label != "failed":
            raise Violation(f"`{label}` after a `refused` with a trap: only `failed` may follow")
        if label in IO:
            self.io(seq, label, body)
            return
        before, after = STEPS[label]
        if self.phase not in before:
            raise Violation(f"`{label}` {self.phase.value}")
        if self.intents:
            raise Violation(f"`{label}` while the intent of seq {min(self.intents)} has no outcome")
        {"genesis": self.genesis, "instance": self.instance, "call": self.call,
         "terminated": self.terminated}.get(label, lambda *_: None)(seq, body)
        self.failure_due = False
        self.phase = after

    def genesis(self, _seq, body):
        check_genesis(body)

    def instance(self, seq, body):
        why, incarnation = body["why"], body["incarnation"]
        check_functions(body["functions"])
        if (why == "start") != (self.incarnation is None):
            raise Violation(f"an instance because of `{why}`: the first one, and no other, says `start`")
        if why == "snapshot" and self.phase != Phase.SNAPSHOT:
            raise Violation("an instance because of `snapshot`, without one before it")
        expected = 0 if why == "start" else self.incarnation + (why != "snapshot")
        if incarnation != expected:
            raise Violation(f"incarnation {incarnation}, not {expected}")
        if why != "snapshot":
            self.instance_seq = seq
        self.incarnation = incarnation
        self.functions = body["functions"]
        self.init_due = body["init-runs"]

    def call(self, _seq, body):
        name = self.function(body)
        if self.init_due and name != INIT:
            raise Violation(f"the first call is of `{name}`, although `init` runs")
        self.init_due = False
        old = [seq for seq in self.requests if seq < self.instance_seq]
        if old:
            raise Violation(f"`call` while the request of seq {min(old)}, from before the instance, "
                            "has no answer")

    def terminated(self, _seq, _body):
        if self.requests:
            raise Violation(f"`terminated` while the request of seq {min(self.requests)} has no answer")

    def io(self, seq, label, body):
        if self.phase not in (Phase.STARTING, Phase.IN_CALL):
            raise Violation(f"`{label}` {self.phase.value}")
        if label == "outcome":
            if body["intent"] not in self.intents:
                raise Violation(f"`outcome` of seq {body['intent']}, which is no open intent")
            self.intents.remove(body["intent"])
            return
        self.function(body)
        if label == "intent":
            self.intents.add(seq)
        elif label == "refused":
            self.failure_due = body["result"] == "trap"
        elif label == "sent":
            self.sent(seq, body)

    def sent(self, seq, body):
        if body["result"] != "accepted":
            return
        if body["to"] == "nobody":
            raise Violation("`sent` to nobody, and accepted")
        if body["kind"] in ANSWERED_KINDS:
            self.requests.add(seq)

    def answered(self, body):
        if body["sent"] not in self.requests:
            raise Violation(f"`answered` for seq {body['sent']}, which is no open request")
        self.requests.remove(body["sent"])

    def function(self, body):
        """The name of the function that a body names by index."""
        index = body["function"]
        if index >= len(self.functions):
            raise Violation(f"function {index}, but the function table has {len(self.functions)}")
        return self.functions[index]
