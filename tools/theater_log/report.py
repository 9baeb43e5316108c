"""What a check found."""

from dataclasses import asdict, dataclass, field

VALID, INVALID, UNVERIFIABLE = "VALID", "INVALID", "UNVERIFIABLE"
FINDINGS_MAX = 20


@dataclass
class Finding:
    """One thing that is wrong (INVALID) or missing (UNVERIFIABLE), and where."""

    verdict: str
    what: str
    file: str | None = None
    segment: int | None = None
    offset: int | None = None
    index: int | None = None
    actor: str | None = None
    seq: int | None = None

    def __str__(self):
        where = [self.file] if self.file else []
        for name in ("offset", "index", "actor", "seq"):
            value = getattr(self, name)
            if value is not None:
                where.append(f"{name} {value}")
        return f"{self.verdict}: {', '.join(where)}{': ' if where else ''}{self.what}"


class Findings:
    """What every report has: a list `findings`, of which the first few are shown."""

    def add(self, verdict, what, **where):
        self.findings.append(Finding(verdict, what, **where))

    def verdict(self):
        found = {finding.verdict for finding in self.findings}
        return INVALID if INVALID in found else UNVERIFIABLE if found else VALID

    def shown(self):
        """The findings that are shown, what is wrong first."""
        return sorted(self.findings, key=lambda finding: finding.verdict != INVALID)[:FINDINGS_MAX]

    def as_json(self):
        return {"verdict": self.verdict(), **asdict(self), "findings": [asdict(finding) for finding in self.shown()]}


@dataclass
class Report(Findings):
    """What `theater verify --json` says of a log, under the same names."""

    events: int = 0
    groups: int = 0
    segments: int = 0
    actors: int = 0  # The node itself not counted.
    bodies: int = 0
    bodies_removed: int = 0       # All whose bytes are not there, and that no replay makes again.
    bodies_recomputable: int = 0
    contents: dict | None = None  # The manifests, components and states that it names, if they were looked for.
    log: str | None = None  # Its id.
    key: str | None = None
    root: str | None = None
    checkpoint: dict | None = None
    findings: list = field(default_factory=list)

    def as_json(self):
        return {**super().as_json(), "findings_left_out": len(self.findings) - len(self.shown())}
