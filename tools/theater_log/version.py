"""The version of segments, body files and exports that is known here."""

VERSION = 2
NEVER_RELEASED = 1


class Unsupported(ValueError):
    """It is of a version that is not known here."""


def unknown(what, version):
    """What to say of a file of another version."""
    text = f"the {what} has version {version}, and this tool knows version {VERSION}"
    if version == NEVER_RELEASED:
        kept = "an export" if what == "export" else "a log"
        text += (f"; {kept} of version {version} was never released: keep it with the program that wrote it, "
                 "or move it away and begin a new one")
    return text


def refuse_old(what, version):
    """Raises Unsupported for a file of the version that was never released."""
    if version == NEVER_RELEASED:
        raise Unsupported(unknown(what, version))
