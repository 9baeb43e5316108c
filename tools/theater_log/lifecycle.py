"""In which order the events of one chain may stand: docs/formats/event.md, "Order".

    chain = genesis started? run* terminated?
    run   = (held snapshot)? instance io* (failed | (call io* (returned | failed))*)
    io    = host | note | refused | sent | answered | intent | outcome
"""

import enum
import re

INIT = "theater:simple/actor/init"
ANYWHERE = {"control", "child", "child-ended", "discarded", "answered"}
IO = {"host", "note", "refused", "sent", "intent", "outcome"}
OF_NODE = {"node-started", "node-stopped", "tail-removed", "damage-accepted", "key"}
RESTARTS = {"permanent", "transient", "temporary"}
NOTED_WHAT = re.compile(r"[a-z0-9.-]{1,64}")
LOG_VERSION = 2
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
    "snapshot": ({Phase.STARTING, Phase.IDLE}, Phase.SNAPSHOT),
    "instance": ({Phase.BEGUN, Phase.SNAPSHOT, Phase.STARTING, Phase.IDLE, Phase.FAILED},
                 Phase.STARTING),
    "call": ({Phase.STARTING, Phase.IDLE}, Phase.IN_CALL),
    "returned": ({Phase.IN_CALL}, Phase.IDLE),
    "failed": ({Phase.STARTING, Phase.IN_CALL}, Phase.FAILED),
    "terminated": ({Phase.BEGUN, Phase.STARTING, Phase.IDLE, Phase.FAILED}, Phase.TERMINATED),
}


# The phases that `updated` and `held` may follow.
BETWEEN_CALLS = {Phase.STARTING, Phase.IDLE, Phase.FAILED}


def check_genesis(body):
    version = body["log-version"]
    if version == LOG_VERSION:
        return
    what = f"log-version {version} is not known here, only {LOG_VERSION} is"
    if version == 1:
        what += "; logs of version 1 were never released, and only the program that wrote them reads them"
    raise Violation(what)


def check_order(what, names):
    """Names stand in the order of their bytes, each once."""
    data = [name.encode() for name in names]
    for before, name in zip(data, data[1:]):
        if name <= before:
            raise Violation(f"{what}: `{name.decode()}` is out of order or there twice")


def check_functions(names):
    if "" in names:
        raise Violation("function table: a function without a name")
    check_order("function table", names)


def check_noted(seq, noted):
    if not NOTED_WHAT.fullmatch(noted["what"]):
        raise Violation(f"`noted`: what is `{noted['what']}`")
    if noted["about"] is not None and noted["about"] >= seq:
        raise Violation(f"`noted` about seq {noted['about']}, which is not before it")


def operation_of(control):
    """Label and value of the operation."""
    operation = control["operation"]
    return (operation, None) if isinstance(operation, str) else operation


class NodeLifeCycle:
    """The chain of a node: `genesis`, then `control` with what is done to nodes."""

    def __init__(self):
        self.begun = False

    def accept(self, seq, label, body):
        if label != ("control" if self.begun else "genesis"):
            raise Violation(f"`{label}` in the chain of a node, which is `genesis` and then `control`")
        if label == "genesis":
            check_genesis(body)
            if body["manifest"] is not None or body["parent"] is not None:
                raise Violation("the `genesis` of a node has a manifest or a parent")
            self.begun = True
            return
        operation, value = operation_of(body)
        if operation == "noted":
            check_noted(seq, value)
        elif operation not in OF_NODE:
            raise Violation(f"`{operation}` in the chain of a node")


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
        self.last = None          # Label of the event before; for a `control`, of its operation.
        self.is_root = False      # There is no parent.
        self.updated = False      # An `updated` stands after the newest `instance`.

    def accept(self, seq, label, body):
        self.take(seq, label, body)
        self.last = operation_of(body)[0] if label == "control" else label

    def take(self, seq, label, body):
        if label in ANYWHERE:
            if self.phase in (Phase.EMPTY, Phase.TERMINATED):
                raise Violation(f"`{label}` {self.phase.value}")
            if label == "answered":
                self.answered(body)
            if label == "control":
                self.control(seq, *operation_of(body))
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
        {"genesis": self.genesis, "snapshot": self.snapshot, "instance": self.instance, "call": self.call,
         "terminated": self.terminated}.get(label, lambda *_: None)(seq, body)
        self.failure_due = False
        self.phase = after

    def genesis(self, _seq, body):
        check_genesis(body)
        if body["manifest"] is None:
            raise Violation("the `genesis` of an actor has no manifest")
        self.is_root = body["parent"] is None

    def control(self, seq, operation, value):
        if operation in OF_NODE:
            raise Violation(f"`{operation}` in the chain of an actor")
        if operation == "noted":
            check_noted(seq, value)
        elif operation == "started":
            self.started(value)
        elif operation == "updated":
            self.check_between_calls(operation)
            check_order("`updated`: grants", value["grants"])
            self.updated = True
        elif operation == "held":
            self.check_between_calls(operation)
            self.held([name for name, _ in value])

    def check_between_calls(self, operation):
        if self.phase not in BETWEEN_CALLS:
            raise Violation(f"`{operation}` {self.phase.value}")
        if self.failure_due:
            raise Violation(f"`{operation}` after a `refused` with a trap: only `failed` may follow")
        if self.intents:
            raise Violation(f"`{operation}` while the intent of seq {min(self.intents)} has no outcome")

    def started(self, value):
        if self.last != "genesis":
            raise Violation("`started` not directly after `genesis`")
        if not self.is_root:
            raise Violation("`started` of an actor with a parent")
        if value["restart"] not in RESTARTS:
            raise Violation(f"`started`: restart is `{value['restart']}`")
        check_order("`started`: grants", value["grants"])

    def held(self, names):
        if self.last == "held":
            raise Violation("`held` directly after `held`")
        if "" in names:
            raise Violation("`held`: a part without a name")
        check_order("`held`: parts", names)

    def snapshot(self, _seq, _body):
        if self.last != "held":
            raise Violation("`snapshot` not directly after `held`")

    def instance(self, seq, body):
        why, incarnation = body["why"], body["incarnation"]
        check_functions(body["functions"])
        if (why == "start") != (self.incarnation is None):
            raise Violation(f"an instance because of `{why}`: the first one, and no other, says `start`")
        if why == "snapshot" and self.phase != Phase.SNAPSHOT:
            raise Violation("an instance because of `snapshot`, without one before it")
        if why == "update" and not self.updated:
            raise Violation("an instance because of `update`, without `updated` since the one before it")
        self.updated = False
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
