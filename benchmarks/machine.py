"""Says where and when a figure was taken."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

CLONE = Path(__file__).resolve().parents[1]


def taken() -> str:
    """Machine, day, commit and how busy the machine was with other things: the line above every table."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{_system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"
    return f"{machine}, Python {platform.python_version()}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; commit {_commit()}"


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]


def _system() -> str:
    release = Path("/etc/os-release")
    if not release.exists():
        return platform.system()
    named = dict(line.partition("=")[::2] for line in release.read_text().splitlines())
    return named.get("PRETTY_NAME", platform.system()).strip('"')


def _commit() -> str:
    def git(*asked: str) -> str:
        return subprocess.run(["git", *asked], cwd=CLONE, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "services", "gateway", "kit", "omo_pricing")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")
