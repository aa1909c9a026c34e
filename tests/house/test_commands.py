"""The commands that the pages promise exist, and a machine that lacks something is told what."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

PAGES = [name for name in files() if name.endswith(".md")]
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_PROMISED = re.compile(r"(?:`|^\s*(?:\$ )?)make ([a-z][a-z-]*)", re.MULTILINE)


def _make(*arguments: str) -> str:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_bare_make_lists_the_daily_commands() -> None:
    listed = _make()
    for target in ("demo", "up", "test", "soak", "test-deploy", "check", "format", "gen", "bench", "clean"):
        assert re.search(rf"^  {target} +\w", listed, re.MULTILINE), target


def promised(page: str) -> set[str]:
    """The targets that a page tells its reader to make."""
    return set(_PROMISED.findall(page))


@pytest.mark.parametrize("name", PAGES)
def test_every_command_on_a_page_is_a_target(name: str) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text()))
    assert promised((ROOT / name).read_text()) - targets == set()


def test_a_planted_command_is_found() -> None:
    assert promised("Run `make coffee`.\n\n    make tea   # or\n") == {"coffee", "tea"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "install.sh", tmp_path / "tools")
    return tmp_path


def _install(clone: Path, python: str) -> str:
    """What the installer says on a machine that has nothing but a shell and this Python."""
    programs = clone / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "rm"):
        (programs / name).symlink_to(shutil.which(name) or name)
    bare = {"PATH": str(programs), "PYTHON": python}
    command = [programs / "sh", clone / "tools" / "install.sh"]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def _python(clone: Path, body: str) -> str:
    """A stand-in for a machine's Python that answers as that machine's would."""
    path = clone / "python3"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_an_old_python_is_told_what_to_install(clone: Path) -> None:
    said = _install(clone, _python(clone, "exit 1"))
    assert "Python 3.11 or newer is needed" in said


def test_a_python_without_ensurepip_is_told_what_to_install(clone: Path) -> None:
    said = _install(clone, _python(clone, 'case "$*" in *ensurepip*|*"-m pip"*) exit 1;; esac'))
    assert "apt-get install python3-venv" in said
