"""Keeps docs/performance.md: each benchmark owns one section and writes it anew."""

import re
from collections.abc import Iterable, Sequence

from benchmarks import machine

FILE = machine.CLONE / "docs" / "performance.md"
_HEAD = """\
# What it costs

Every section is written by the command that it names; run the command again to replace it.
Machines are shared and drift: a ratio counts only within one section, where both sides were
measured in turns in the same run. "CPU" is processor time from /proc, which hardly depends on
what else the machine does; calls per second do.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def write(name: str, title: str, lines: Sequence[str], busy: float | None = None) -> None:
    """Prints a section and puts it into the document, in place of what the last run wrote."""
    burden = "" if busy is None else f"; load average before it began {busy:.1f}"
    body = "\n".join((f"## {title}", "", f"`python -m benchmarks.{name}` on {machine.taken()}{burden}.", "", *lines))
    print("\n" + body, flush=True)
    section = f"<!-- begin {name} -->\n{body}\n<!-- end {name} -->\n"
    text = FILE.read_text() if FILE.exists() else _HEAD
    found = re.compile(rf"<!-- begin {re.escape(name)} -->\n.*?<!-- end {re.escape(name)} -->\n", re.DOTALL)
    text = found.sub(lambda _: section, text) if found.search(text) else f"{text}\n{section}"
    FILE.write_text(text)
