"""What tests/e2e/test_openapi.py tells schemathesis, which imports this file: requests about actors are about living ones.

A random id names no actor, and a random upload is no component. Without this file the answers to requests that
succeed would not be seen.
"""

import os
import re

import schemathesis

# The actors by what is done to them: a paused or ended one would keep requests from being answered.
ACTORS = dict(zip(("kept", "paused", "ended"), os.environ["THEATER_ACTORS"].split(",")))
USES = {"pause": "paused", "resume": "paused", "restart": "ended", "stop": "ended", "kill": "ended"}
# How long requests wait that ask for a right time: the living actor answers, and does not end.
WAITS = {"request": ("deadline_ms", 60_000), "wait_for_end": ("timeout_ms", 20)}
# Text, since schemathesis takes a body with bytes for a wrong one.
with open(os.environ["THEATER_COMPONENT"], encoding="utf-8") as component:
    START = {"manifest": 'name = "started"\ncomponent = "started.wasm"\n[[handler]]\ntype = "message-server"\n',
             "component": component.read()}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    parameters = case.path_parameters or {}
    if re.fullmatch("[0-9a-f]{32}", str(parameters.get("actor", ""))):
        parameters["actor"] = ACTORS[USES.get(operation, "kept")]
    wait, milliseconds = WAITS.get(operation, (None, 0))
    if wait and re.fullmatch("[0-9]+", str(case.query.get(wait, 1))) and 1 <= int(case.query.get(wait, 1)) <= 3_600_000:
        case.query[wait] = milliseconds
    if operation == "update" and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = {"component": START["component"]}
    if operation == "start" and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        # Of the other parts, those that suit every manifest.
        case.body = {**START, **{name: case.body[name] for name in ("restart", "folder") if name in case.body}}
