"""The gate against changes that break whoever has the contracts already: it holds in a clean clone, too."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_BUF = Path(sys.executable).parent / "buf"
_CONTRACT = """syntax = "proto3";
package omo.gate.v1;
message Page {
  int32 page_size = 2;
}
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project of one contract that was given out."""
    (tmp_path / "tools").mkdir()
    shutil.copy(_ROOT / "tools" / "breaking.sh", tmp_path / "tools")
    (tmp_path / "protos" / "omo" / "gate" / "v1").mkdir(parents=True)
    shutil.copy(_ROOT / "protos" / "buf.yaml", tmp_path / "protos")
    _git(tmp_path, "init", "-q")
    _write(tmp_path, _CONTRACT)
    (tmp_path / "protos" / "given-out").write_text(_git(tmp_path, "rev-parse", "HEAD"))
    return tmp_path


def _git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@shop.example")
    return subprocess.run(("git", *who, *arguments), cwd=folder, check=True, capture_output=True, text=True).stdout


def _write(folder: Path, contract: str) -> None:
    (folder / "protos" / "omo" / "gate" / "v1" / "page.proto").write_text(contract)
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "change a contract")


def _gate(folder: Path) -> subprocess.CompletedProcess[str]:
    told = {"BUF": str(_BUF), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        ("sh", "tools/breaking.sh"), cwd=folder, env=told, capture_output=True, text=True, check=False
    )


def test_what_is_added_passes(clone: Path) -> None:
    _write(clone, _CONTRACT.replace("}", "  string page_token = 3;\n}"))
    assert _gate(clone).returncode == 0


@pytest.mark.parametrize("broken", ["  int32 limit = 2;", "  int64 page_size = 2;", ""])
def test_what_breaks_is_refused_also_after_it_was_committed(clone: Path, broken: str) -> None:
    _write(clone, _CONTRACT.replace("  int32 page_size = 2;", broken))
    _write(clone, _CONTRACT.replace("  int32 page_size = 2;", f"{broken}\n  string page_token = 3;"))
    found = _gate(clone)
    assert found.returncode != 0
    assert "page.proto" in found.stdout + found.stderr


def test_a_history_without_that_release_is_compared_with_its_last_change(clone: Path) -> None:
    (clone / "protos" / "given-out").write_text("0" * 40)
    found = _gate(clone)
    assert found.returncode == 0
    assert "is not in this history" in found.stdout
