"""Says on which machine and commit something was run."""

import os
import platform
import subprocess
from pathlib import Path


def name() -> str:
    """System, cores, memory, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.python_version()}"


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]


def commit() -> str:
    """The commit in short, and whether the code differs from it."""
    changed = _git("status", "--porcelain", "--", ":!docs")
    return (_git("rev-parse", "--short", "HEAD") or "unknown") + (" with changes" if changed else "")


def _git(*asked: str) -> str:
    # a clone may belong to another user than the one who runs it
    command = ["git", "-c", "safe.directory=*", *asked]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _system() -> str:
    release = Path("/etc/os-release")
    if not release.exists():
        return platform.system()
    named = dict(line.partition("=")[::2] for line in release.read_text().splitlines())
    return named.get("PRETTY_NAME", platform.system()).strip('"')
