#!/usr/bin/env python3
"""A stand-in for a model that answers with Python programs, and then says what they printed. It always says the same.

  stand_in_programmer.py [--listen ADDRESS:PORT] [--script WORD,WORD,…] [--tls CERTIFICATE KEY]

The endpoint and the words of the script are those of stand_in_model.py. The model wants to do what the question asks
for, also where it is an attack: `Read /etc/shadow.`, `Fetch http://127.0.0.1:1/.`, or one of the phrases below.
"""

import re

import stand_in_model

# The programs for a question with this phrase, one after the other until one of them ends well.
PROGRAMS = {
    "primes": ("print(sum(n for n in range(2, 1000) if is_prime(n)))",
               "print(sum(n for n in range(2, 1000) if all(n % d for d in range(2, n))))"),
    "fork bomb": ("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",),
    "endless output": ("while True:\n    print('more')",),
    "10 GiB": ("print(len(bytearray(10 << 30)))",),
    "sleep": ("import time\ntime.sleep(1000)",),
    "never give up": ("import sys\nsys.exit('not yet')",) * 100,
    "long program": ("#" * (64 << 10),),
}


def programs_for(question):
    path = re.search(r"Read (\S+)\.", question)
    if path:
        return (f"print(open({path[1]!r}).read())",)
    address = re.search(r"Fetch (\S+)\.", question)
    if address:
        return (f"import urllib.request\nprint(urllib.request.urlopen({address[1]!r}).read())",)
    return next((programs for phrase, programs in PROGRAMS.items() if phrase in question), ())


def plan(messages):
    """What the model says next, from the question and the reports of its programs; it calls no tools."""
    question, *reports = [one["content"] for one in messages if one["role"] == "user"]
    programs = programs_for(question)
    if reports and reports[-1].startswith("The program ended with exit code 0."):
        output = reports[-1].partition("Its output:\n")[2].strip()
        return f"The answer is {output}.", []
    if len(reports) < len(programs):
        return f"```python\n{programs[len(reports)]}\n```", []
    if not reports:
        return "Ask me for the sum of some primes.", []
    lines = reports[-1].strip().splitlines()
    return "I could not do that. " + " ".join(dict.fromkeys((lines[0], lines[-1]))), []


if __name__ == "__main__":
    stand_in_model.main(plan)
