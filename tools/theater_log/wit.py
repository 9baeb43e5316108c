"""The types of a WIT file: those of its first interface, which has no function in it."""

import re

WORD = re.compile(r"[%\w-]+|[{}()<>,:;=@./]")
PRIMITIVES = {"bool", "u8", "u32", "u64", "string"}


def parse_types(text):
    """The named types of the first interface in a WIT file: name -> (kind, parts)."""
    words = WORD.findall(re.sub(r"//.*", "", text))
    at = words.index("interface") + 3
    types = {}

    def name():
        nonlocal at
        at += 1
        return words[at - 1].lstrip("%")

    def expect(word):
        if name() != word:
            raise ValueError(f"the WIT file is not understood: {word} expected at {words[at - 3:at + 2]}")

    def type_expression():
        head = name()
        if words[at] != "<":
            return head
        expect("<")
        inner = [type_expression()]
        while words[at] == ",":
            expect(",")
            inner.append(type_expression())
        expect(">")
        return (head, *inner)

    def part(kind):
        label = name()
        payload = None
        if kind == "record":
            expect(":")
            payload = type_expression()
        elif words[at] == "(":
            expect("(")
            payload = type_expression()
            expect(")")
        if words[at] == ",":
            expect(",")
        return label, payload

    while words[at] != "}":
        kind, label = name(), name()
        if kind == "type":
            expect("=")
            types[label] = ("alias", type_expression())
            expect(";")
            continue
        expect("{")
        parts = []
        while words[at] != "}":
            parts.append(part(kind))
        expect("}")
        types[label] = (kind, parts)
    return types


def spell(types, wanted):
    """A type as text, with named types written out in place."""
    if isinstance(wanted, tuple):
        return f"{wanted[0]}<{', '.join(spell(types, part) for part in wanted[1:])}>"
    if wanted in PRIMITIVES:
        return wanted
    kind, parts = types[wanted]
    if kind == "alias":
        return spell(types, parts)
    between = "{}: {}" if kind == "record" else "{}({})"
    shown = [between.format(p, spell(types, t)) if t else p for p, t in parts]
    return f"{kind} {{ {', '.join(shown)} }}"
