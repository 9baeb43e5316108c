"""Transcripts in documents: command lines with what they print, which a test runs and compares.

A transcript is every fenced block ```console of a page. A line `$ COMMAND` is one for a shell, and lines `> …` behind
it continue it. The lines up to the next command are what it prints on both its outputs, in which `…` stands for
anything.
"""

import re
import textwrap

import support


def steps(page):
    """(command, expected output) of each `$` line of a Markdown page, in order."""
    found = []
    for _, block in re.findall(r"(?ms)^( *)```console\n(.*?)^\1```$", page):
        for line in textwrap.dedent(block).splitlines(keepends=True):
            if line.startswith("$ "):
                found.append([line[2:].rstrip("\n"), ""])
            elif line.startswith("> ") and found[-1][0].endswith("\\"):
                found[-1][0] += "\n" + line[2:].rstrip("\n")
            else:
                found[-1][1] += line
    return found


def difference(command, expected, got):
    """None if the command printed what was expected, else a text for people."""
    # A shell shows the next prompt on a line of its own only if the output ends with one.
    if support.matches(expected.rstrip("\n"), got.rstrip("\n")):
        return None
    return f"$ {command}\nexpected\n{expected}but\n{got}"
