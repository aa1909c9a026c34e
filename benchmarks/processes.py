"""What processes use: processor time and memory, read from /proc."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes: resident, and proportional (shared pages divided among those who share them)."""

    rss: float
    pss: float


def cpu_ms(pid: int) -> float:
    """Processor time of a process, its threads, its ended children and its living children."""
    return sum(_own_ms(one) for one in family(pid))


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    found = [pid]
    for one in found:
        found.extend(child for child, parent in parents.items() if parent == one)
    return found


def memory(pid: int) -> Memory:
    """What a process and its descendants hold."""
    rss = pss = 0.0
    for one in family(pid):
        try:
            rss += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE_MB
            pss += _pss(Path(f"/proc/{one}/smaps_rollup").read_text())
        except OSError:
            continue
    return Memory(rss, pss)


def cpu_of(pids: Mapping[str, int]) -> dict[str, float]:
    """Processor time so far, by name."""
    return {name: cpu_ms(pid) for name, pid in pids.items()}


def spent(before: Mapping[str, float], after: Mapping[str, float], count: int) -> dict[str, float]:
    """Milliseconds for each of `count` pieces of work, by name."""
    return {name: (after[name] - before[name]) / max(1, count) for name in after}


def _fields(stat: str) -> list[str]:
    return stat[stat.rindex(")") + 2 :].split()


def _own_ms(pid: int) -> float:
    try:
        fields = _fields(Path(f"/proc/{pid}/stat").read_text())
    except OSError:
        return 0.0
    # user and system, of its own and of children that it has waited for
    return sum(map(int, fields[11:15])) * _TICK_MS


def _parent(entry: Path) -> int:
    try:
        return int(_fields((entry / "stat").read_text())[1])
    except OSError:
        return 0


def _pss(rollup: str) -> float:
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024
