"""Chains that docs/formats/event.md ("Order") allows and forbids: the bodies after `genesis`;
and families that docs/formats/log.md ("Families") allows and forbids: options of log_builder.family().
"""

from log_builder import (CONTROL, FAILED, FUNCTIONS, HOST, INIT, TERMINATED, Detach, answered, call, inline,
                         instance, intent, note, outcome, refused, returned, sent, snapshot)

START, RECOVER = instance(), instance("recover", 1)
NOBODY = sent(to="nobody")
DISORDER = FUNCTIONS[1:] + FUNCTIONS[:1]

ALLOWED = [
    [], [TERMINATED], [START], [START, TERMINATED], [START, FAILED],
    [START, note(), HOST, FAILED, TERMINATED],
    [START, call(), returned(), call(), FAILED, RECOVER],
    [START, RECOVER, instance("wake", 2)],
    [START, snapshot(), instance("snapshot", 0), call(), returned()],
    [START, snapshot(), CONTROL, RECOVER],
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
    [START, snapshot(), instance("snapshot", 0), call(), returned(), instance("update", 1)],
    [START, call(), sent(), returned(), snapshot(), instance("snapshot", 0), call()],
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
    ("`snapshot` after `failed`", [START, FAILED, snapshot()]),
    ("`note` after `failed`", [START, FAILED, note()]),
    ("`call` after `snapshot`", [START, snapshot(), call()]),
    ("`terminated` after `snapshot`", [START, snapshot(), TERMINATED]),
    ("`control` after `terminated`", [TERMINATED, CONTROL]),
    ("`instance` after `terminated`", [TERMINATED, START]),
    ("first one, and no other", [RECOVER]),
    ("first one, and no other", [START, START]),
    ("incarnation 1, not 0", [instance(incarnation=1)]),
    ("incarnation 0, not 1", [START, instance("recover", 0)]),
    ("incarnation 3, not 1", [START, instance("recover", 3)]),
    ("incarnation 1, not 0", [START, snapshot(), instance("snapshot", 1)]),
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
]


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
