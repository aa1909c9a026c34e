"""Turns the reports of a soak's parts into docs/soak.md, a section for each."""

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import machine

_HEAD = """\
# Soak

`make soak` runs what `make test` runs at its shortest for long: faults ten times, every fault point, 10,000 examples
of each property, growth. `make soak PART=faults` runs one part (or several: `PART="points growth"`); each part writes
its own section and leaves the others as they are, so a section tells of its own day and commit.
"""
# pytest puts it first where a test has other parameters
_REPETITION = re.compile(r"(?<=\[)\d+(?=\]$)|(?<=\[)\d+(?=-)")


@dataclass(frozen=True, slots=True)
class Case:
    """One test that ran."""

    module: str
    name: str
    seconds: float
    outcome: str
    said: str = ""
    properties: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """What a run of tests wrote down."""

    cases: list[Case] = field(default_factory=list)

    @property
    def failures(self) -> list[Case]:
        return [case for case in self.cases if case.outcome == "failed"]

    def count(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)


@dataclass(frozen=True, slots=True)
class Ran:
    """Where and when a part ran."""

    before: str
    after: str
    busy: float
    seconds: float
    minutes: int

    def told(self, now: datetime) -> str:
        """One line: day, commit, machine, time."""
        moved = "" if self.before == self.after else f" to {self.after} (the code changed while it ran)"
        took = f"{self.seconds // 60:.0f} min {self.seconds % 60:.0f} s of at most {self.minutes} min"
        where = f"{machine.name()}; load average before it began {self.busy:.1f}"
        return f"Ended {now:%Y-%m-%d %H:%M} UTC at commit {self.before}{moved}; {where}; took {took}."


def read(report: Path) -> Report:
    """The test runner's own report."""
    # written by our own test runner a moment ago
    tree = ET.parse(report).getroot()  # noqa: S314
    # what was interrupted has no name
    return Report([_case(one) for one in tree.iter("testcase") if one.get("classname")])


def _case(one: ET.Element) -> Case:
    found = {child.tag: child for child in one}
    trouble = found.get("failure", found.get("error"))
    outcome = "failed" if trouble is not None else "skipped" if "skipped" in found else "passed"
    told: dict[str, list[str]] = defaultdict(list)
    for each in one.iter("property"):
        told[each.get("name", "")].append(each.get("value", ""))
    said = (trouble.get("message") or "").strip().splitlines()[:1] if trouble is not None else []
    name, module = one.get("name", ""), one.get("classname", "")
    return Case(module, name, float(one.get("time", 0)), outcome, "".join(said), dict(told))


def section(
    name: str, title: str, what: str, ran: Ran, found: Report, table: Sequence[str], trouble: Iterable[str]
) -> str:
    """One part as it stands on the page."""
    sums = f"**{found.count('passed')} passed, {found.count('failed')} failed, {found.count('skipped')} skipped.**"
    wrong = [f"- failed: `{case.module}::{case.name}`: {case.said[:200]}" for case in found.failures]
    wrong += [f"- {one}" for one in trouble]
    lines = [f"## {title}", "", what, "", f"{ran.told(datetime.now(UTC))} {sums}", "", *table]
    return "\n".join([*lines, *([""] if wrong else []), *wrong, "", f"Again: `make soak PART={name}`."])


def keep(page: Path, name: str, section: str, order: Sequence[str]) -> None:
    """Puts a section in its place; the other sections stay."""
    kept = dict(re.findall(r"<!-- begin (\w+) -->\n(.*?)\n<!-- end \1 -->", _text(page), re.DOTALL)) | {name: section}
    parts = [f"<!-- begin {one} -->\n{kept[one]}\n<!-- end {one} -->\n" for one in order if one in kept]
    page.write_text("\n".join([_HEAD, *parts]))


def runs(found: Report) -> list[str]:
    """Each test with its repetitions."""
    tests: dict[str, list[Case]] = defaultdict(list)
    for case in found.cases:
        tests[_REPETITION.sub("*", case.name) if case.name[-1:] == "]" else case.name].append(case)
    planted = {name: cases for name, cases in tests.items() if "planted_violation" in name}
    rows = [_row(_plain(name), cases) for name, cases in tests.items() if name not in planted]
    if planted:
        rows.append(_row("a planted violation is found", [case for cases in planted.values() for case in cases]))
    return _table(("Test", "Runs", "Passed", "Seconds, middle", "longest"), rows)


def points(found: Report) -> list[str]:
    """Each service with its points."""
    owners: dict[str, list[Case]] = defaultdict(list)
    for case in found.cases:
        if "[" in case.name:
            owners[case.name.partition("[")[2].partition("-")[0]].append(case)
    rows = [_row(f"{owner} dies", cases) for owner, cases in sorted(owners.items())]
    return _table(("Process", "Points", "Passed", "Seconds, middle", "longest"), rows)


def properties(found: Report) -> list[str]:
    """Each file with its properties; the least that one had, unless there were no more to be had."""
    files: dict[str, list[Case]] = defaultdict(list)
    for case in found.cases:
        files["/".join(case.module.split(".")[1:])].append(case)
    rows = []
    for file, cases in sorted(files.items()):
        had = [int(case.properties.get("examples", ["0"])[0]) for case in cases]
        whole = [case.properties.get("exhausted") == ["True"] for case in cases]
        least = [str(count) + (", all there are" if all_ else "") for count, all_ in zip(had, whole, strict=True)]
        fewest = min(zip(had, least, strict=True))[1]
        passed = sum(case.outcome == "passed" for case in cases)
        rows.append((f"`{file}`", len(cases), passed, f"{sum(had):,}", fewest, f"{sum(c.seconds for c in cases):.0f}"))
    return _table(("File", "Properties", "Passed", "Examples", "fewest of one", "Seconds"), rows)


def unfed(found: Report) -> list[str]:
    """Properties that passed without one example: a count that is not read, or a profile that is not applied."""
    counted = [case for case in found.cases if "examples" in case.properties and case.outcome == "passed"]
    return [f"no example of {case.name} was counted" for case in counted if case.properties["examples"] == ["0"]]


def growth(found: Report) -> list[str]:
    """What was measured, as the tests recorded it: what, at one, at ten, allowed."""
    rows = [value.split("|") for case in found.cases for value in case.properties.get("growth", [])]
    return _table(("What", "Size", "at one", "at ten", "times", "allowed"), rows)


def _row(name: str, cases: Sequence[Case]) -> tuple[object, ...]:
    taken = [case.seconds for case in cases]
    passed = sum(case.outcome == "passed" for case in cases)
    return (name, len(cases), passed, f"{statistics.median(taken):.1f}", f"{max(taken):.1f}")


def _plain(name: str) -> str:
    return name.removeprefix("test_").replace("[*]", "").replace("[*-", "[").replace("_", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def _text(page: Path) -> str:
    return page.read_text() if page.exists() else ""
