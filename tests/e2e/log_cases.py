"""Chains that docs/formats/event.md ("Order") allows and forbids: the bodies after `genesis`;
and families that docs/formats/log.md ("Families") allows and forbids: options of log_builder.family().
"""

from log_builder import (CONTROL, FAILED, FUNCTIONS, HOST, INIT, TERMINATED, Detach, answered, call, control,
                         held, inline, instance, intent, note, noted, outcome, refused, returned, sent, snapshot,
                         started, updated)

START, RECOVER = instance(), instance("recover", 1)
NOBODY = sent(to="nobody")
SNAPSHOT = [held(), snapshot()]
UPDATE = instance("update", 1)
PART = ("budget", inline(b"used"))
DISORDER = FUNCTIONS[1:] + FUNCTIONS[:1]

NODE_OPERATIONS = {
    "node-started": ("node-started", "a test"),
    "node-stopped": "node-stopped",
    "tail-removed": ("tail-removed", {"segment": 0, "offset": 0, "length": 1, "digest": bytes(32)}),
    "damage-accepted": ("damage-accepted", {"origin": "o", "size": 1, "root": bytes(32)}),
    "key": ("key", bytes(32)),
}
ACTOR_OPERATIONS = {
    **{label: label for label in ("pause", "resume", "shutdown", "terminate", "restart")},
    **{made[1]["operation"][0]: made[1]["operation"] for made in (started(), updated(), held())},
}

ALLOWED = [
    [], [TERMINATED], [START], [START, TERMINATED], [START, FAILED],
    [START, note(), HOST, FAILED, TERMINATED],
    [START, call(), returned(), call(), FAILED, RECOVER],
    [START, RECOVER, instance("wake", 2)],
    [START, *SNAPSHOT, instance("snapshot", 0), call(), returned()],
    [START, *SNAPSHOT, CONTROL, RECOVER],
    [START, call(), intent(), outcome(3), returned()],
    [START, call(), intent()],
    [START, call(), sent(), returned(), answered(3), TERMINATED],
    [START, call(), sent(), FAILED, answered(3), RECOVER, call()],
    [START, call(), sent(), FAILED, RECOVER, answered(3), call()],
    [START, call(), sent(result=("failed", inline(b"no"))), returned(), TERMINATED],
    [START, call(), sent("send"), returned(), TERMINATED],
    [START, call(), sent("open-channel"), answered(3), returned()],
    [START, call(), refused("trap"), CONTROL, FAILED],
    [START, call(), refused(("value", inline(b""))), returned()],
    [START, *SNAPSHOT, instance("snapshot", 0), call(), returned(), updated(), UPDATE],
    [START, call(), sent(), returned(), *SNAPSHOT, instance("snapshot", 0), call()],
    [started(), START], [started(None, "transient"), CONTROL, TERMINATED],
    [started("a", "temporary", ["a", "b"], {"key": bytes(32), "request": bytes(32)})],
    [START, updated(), UPDATE], [START, updated("a", "b"), CONTROL, RECOVER], [START, updated(), updated(), UPDATE],
    [START, FAILED, updated(), held(), UPDATE],
    [START, updated(), instance("restart", 1), call(), returned(), updated(), instance("update", 2)],
    [START, held(), call(), returned(), held(PART), CONTROL, held(PART, ("timing", inline(b"")))],
    [START, held(("a", Detach(b"one")), ("b", Detach(b"two"))), *SNAPSHOT[1:]],
    [START, FAILED, held(), RECOVER],
    [noted(), START, noted("a", 1), call(), noted("0-9.z" + 59 * "a", 3, Detach(b"")), returned(), noted(about=0)],
    [START, call(), refused("trap"), noted(), FAILED, noted(), TERMINATED],
    [instance(**{"init-runs": True}), call(INIT), returned(), call()],
]

# With a part of what is said about them.
FORBIDDEN = [
    ("`call` after `genesis`", [call()]),
    ("`failed` after `genesis`", [FAILED]),
    ("`returned` after `instance`", [START, returned()]),
    ("`call` in a call", [START, call(), call()]),
    ("`instance` in a call", [START, call(), RECOVER]),
    ("`snapshot` in a call", [START, call(), snapshot()]),
    ("`terminated` in a call", [START, call(), TERMINATED]),
    ("`note` after `returned`", [START, call(), returned(), note()]),
    ("`host` after `genesis`", [HOST]),
    ("`failed` after `returned`", [START, call(), returned(), FAILED]),
    ("`call` after `failed`", [START, FAILED, call()]),
    ("`snapshot` after `failed`", [START, FAILED, *SNAPSHOT]),
    ("`note` after `failed`", [START, FAILED, note()]),
    ("`call` after `snapshot`", [START, *SNAPSHOT, call()]),
    ("`terminated` after `snapshot`", [START, *SNAPSHOT, TERMINATED]),
    ("`control` after `terminated`", [TERMINATED, CONTROL]),
    ("`instance` after `terminated`", [TERMINATED, START]),
    ("first one, and no other", [RECOVER]),
    ("first one, and no other", [START, START]),
    ("incarnation 1, not 0", [instance(incarnation=1)]),
    ("incarnation 0, not 1", [START, instance("recover", 0)]),
    ("incarnation 3, not 1", [START, instance("recover", 3)]),
    ("incarnation 1, not 0", [START, *SNAPSHOT, instance("snapshot", 1)]),
    ("without one before it", [START, instance("snapshot", 0)]),
    ("the first call is of", [instance(**{"init-runs": True}), call()]),
    ("intent of seq 3 has no outcome", [START, call(), intent(), returned()]),
    ("intent of seq 3 has no outcome", [START, call(), intent(), FAILED]),
    ("intent of seq 2 has no outcome", [START, intent(), call()]),
    ("no open intent", [START, call(), outcome(2)]),
    ("no open intent", [START, call(), intent(), outcome(3), outcome(3)]),
    ("no open request", [START, answered(1)]),
    ("no open request", [START, call(), sent("send"), answered(3)]),
    ("no open request", [START, call(), sent(), answered(3), answered(3)]),
    ("has no answer", [START, call(), sent(), returned(), TERMINATED]),
    ("from before the instance", [START, call(), sent(), FAILED, RECOVER, call()]),
    ("to nobody, and accepted", [START, call(), NOBODY]),
    ("only `failed` may follow", [START, call(), refused("trap"), returned()]),
    ("only `failed` may follow", [START, call(), refused("trap"), note()]),
    ("function 5, but", [START, call(5)]),
    ("function 9, but", [START, call(), note(function=9)]),
    ("out of order", [instance(functions=DISORDER)]),
    ("there twice", [instance(functions=FUNCTIONS[:1] * 2)]),
    ("without a name", [instance(functions=["", *FUNCTIONS])]),
    ("`started` not directly", [CONTROL, started()]),
    ("`started` not directly", [started(), started()]),
    ("`started` not directly", [START, started()]),
    ("restart is `always`", [started(restart="always")]),
    ("restart is ``", [started(restart="")]),
    ("out of order", [started(grants=["b", "a"])]),
    ("there twice", [started(grants=["a", "a"])]),
    ("`updated` after `genesis`", [updated()]),
    ("`updated` in a call", [START, call(), updated()]),
    ("`updated` after `snapshot`", [START, *SNAPSHOT, updated()]),
    ("`updated` while the intent of seq 2", [START, intent(), updated()]),
    ("only `failed` may follow", [START, refused("trap"), updated()]),
    ("out of order", [START, updated("b", "a")]),
    ("there twice", [START, updated("a", "a")]),
    ("without `updated`", [START, UPDATE]),
    ("without `updated`", [START, updated(), UPDATE, instance("update", 2)]),
    ("without `updated`", [START, updated(), RECOVER, instance("update", 2)]),
    ("`held` after `genesis`", [held()]),
    ("`held` in a call", [START, call(), held()]),
    ("`held` after `snapshot`", [START, *SNAPSHOT, held()]),
    ("`held` while the intent of seq 2", [START, intent(), held()]),
    ("only `failed` may follow", [START, refused("trap"), held()]),
    ("`held` directly after `held`", [START, held(), held()]),
    ("without a name", [START, held(("", inline(b"")))]),
    ("out of order", [START, held(("timing", inline(b"")), PART)]),
    ("there twice", [START, held(PART, PART)]),
    ("`snapshot` not directly", [START, snapshot()]),
    ("`snapshot` not directly", [START, held(), CONTROL, snapshot()]),
    ("`noted`: what is", [noted("")]),
    ("`noted`: what is", [noted("A")]),
    ("`noted`: what is", [noted("a_b")]),
    ("`noted`: what is", [noted("a" * 65)]),
    ("`noted`: what is", [noted("a\n")]),
    ("`noted` about seq 1", [noted(about=1)]),
    ("`noted` about seq 9", [START, noted(about=9)]),
    ("`control` after `terminated`", [TERMINATED, noted()]),
    *((f"`{label}` in the chain of an actor", [START, control(operation)])
      for label, operation in NODE_OPERATIONS.items()),
]

# The bodies after `genesis` in the chain of a node.
ALLOWED_OF_NODE = [*([control(operation)] for operation in NODE_OPERATIONS.values()), [noted(), noted("a", 1)]]
FORBIDDEN_OF_NODE = [
    *((f"`{label}`", [control(operation)]) for label, operation in ACTOR_OPERATIONS.items()),
    ("`noted`", [noted("")]),
    ("`noted`", [noted(about=3)]),
    ("`instance`", [START]),
    ("`child-ended`", [("child-ended", {"actor": bytes(16), "head": bytes(32), "how": "stopped"})]),
    ("`terminated`", [TERMINATED]),
]

# The fields of a `genesis`: of an actor, and of a node.
FORBIDDEN_GENESES = [{"manifest": None}, {"log-version": 1}, {"log-version": 3}]
FORBIDDEN_GENESES_OF_NODE = [{"manifest": bytes(32)}, {"parent": {"actor": bytes([1] * 16), "event": bytes(32)}},
                             {"log-version": 1}]


def completed(data):
    return ("completed", data)


LATE = ["terminated", "child-ended", "parent-terminated"]
ALLOWED_FAMILIES = [
    {},
    {"order": ("begin", "child")},
    {"notes_before": 9},
    {"how": completed(None)},
    {"how": completed(inline(b"bye"))},
    {"how": completed(Detach(b"bye"))},
    {"how": completed(Detach(b"bye")), "said_how": completed(inline(b"bye"))},
    # The log ends before more was recorded.
    {"left_out": ["child", "begin", *LATE]},
    {"left_out": ["begin", *LATE]},
    {"left_out": LATE},
    {"left_out": LATE[1:]},
    {"left_out": LATE[2:]},
    # A child that never began.
    {"left_out": ["child", "begin", "child-ended"]},
    # Kept in memory: the parent, the child.
    {"left_out": ["parent", "child", "child-ended"], "cited": bytes(32)},
    {"left_out": ["child-chain", "begin", "terminated"]},
    {"left_out": ["child-chain", "begin", *LATE]},
]

# With a part of what is said about them by either.
FORBIDDEN_FAMILIES = [
    ("cites an event that", {"cited": bytes([1] * 32)}),
    ("cites an event that", {"cited": bytes([1] * 32), "left_out": ["child", "begin", "child-ended"]}),
    ("genesis", {"genesis": bytes([1] * 32)}),
    ("genesis", {"orphan": True}),
    ("genesis", {"parent": bytes([1] * 16)}),
    ("`child` of it", {"left_out": ["child", "child-ended"]}),
    ("`child` of it", {"left_out": ["child", *LATE]}),
    ("`child` of it", {"child": bytes([1] * 16)}),
    ("child", {"left_out": ["child"]}),
    ("no `child-ended`", {"left_out": ["child-ended"]}),
    ("no `child-ended`", {"left_out": ["terminated", "child-ended"]}),
    ("no `terminated`", {"left_out": ["terminated"]}),
    ("head", {"head": bytes([1] * 32)}),
    ("otherwise how", {"said_how": "killed"}),
    ("otherwise how", {"how": completed(None)} | {"said_how": completed(inline(b""))}),
    ("otherwise how", {"how": completed(inline(b"bye")), "said_how": completed(inline(b"bya"))}),
    ("otherwise how", {"how": completed(Detach(b"bye")), "said_how": completed(Detach(b"bya"))}),
    ("otherwise how", {"how": completed(inline(b"bye")), "said_how": completed(Detach(b"bya"))}),
    ("otherwise how", {"how": completed(Detach(b"bye")), "said_how": completed(Detach(b"by"))}),
]
