"""Where one embedded stack keeps its binaries, data, secrets and logs."""

import grp
import hashlib
import json
import os
import pwd
import secrets
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.stack.trouble import Trouble

CLONE = Path(__file__).resolve().parents[2]
_SYSTEM = Path("/var/lib")


def _password() -> str:
    return secrets.token_hex(24)


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that the servers run as; None as `uid` means the user who called us."""

    uid: int | None
    gid: int | None

    def popen(self) -> dict[str, Any]:
        """The subprocess arguments that change to this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


CALLER = Owner(None, None)


def owner() -> Owner:
    """Whom the servers run as: Postgres refuses root, so root hands them to `nobody` (or to OMO_USER).

    A bare number would need no account, but initdb looks its user up by name; `nobody` exists
    everywhere and nothing has to be created on the machine.
    """
    if os.geteuid() != 0:
        return CALLER
    name = os.environ.get("OMO_USER", "nobody")
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise Trouble(
            f"root needs another user to run Postgres, and there is no user {name}",
            "set OMO_USER to an unprivileged user, or call this as such a user",
        ) from None
    if entry.pw_uid == 0:
        raise Trouble("OMO_USER names root, which Postgres refuses", "set OMO_USER to an unprivileged user")
    return Owner(entry.pw_uid, grp.getgrgid(entry.pw_gid).gr_gid)


def default_root() -> Path:
    """OMO_HOME, else `.omo/` beside the Makefile, else (as root) a folder outside of the clone."""
    if named := os.environ.get("OMO_HOME"):
        return Path(named).resolve()
    if os.geteuid() == 0:
        return _SYSTEM / f"omo-{hashlib.sha256(str(CLONE).encode()).hexdigest()[:10]}"
    return CLONE / ".omo"


@dataclass(frozen=True, slots=True)
class Home:
    """One stack's folder; `open` makes it, `remove` wipes it."""

    root: Path
    bin: Path
    owner: Owner

    @classmethod
    def open(cls, root: Path | None = None, binaries: Path | None = None) -> "Home":
        """The home at `root`, made and handed to the servers' user where it is missing."""
        home = cls(root or default_root(), binaries or (root or default_root()) / "bin", owner())
        home.folder(home.root, 0o711)
        home._check_reachable()
        for name in ("log", "run", "secret"):
            (home.root / name).mkdir(exist_ok=True)
            (home.root / name).chmod(0o700)
        return home

    def folder(self, path: Path, mode: int = 0o700) -> Path:
        """A folder that belongs to the servers' user."""
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if self.owner.uid is not None and self.owner.gid is not None:
            os.chown(path, self.owner.uid, self.owner.gid)
        return path

    def write(self, path: Path, text: str) -> Path:
        """A file (0600) of the servers' user, replaced in one step."""
        scratch = write_private(path, text)
        if self.owner.uid is not None and self.owner.gid is not None:
            os.chown(scratch, self.owner.uid, self.owner.gid)
        return scratch

    def log(self, name: str) -> Path:
        return self.root / "log" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        return self.root / "run" / f"{name}.json"

    def secret(self, name: str, make: Callable[[], str] = _password) -> str:
        """What `make` gave when the secret was first asked for; only the caller's user can read it."""
        path = self.root / "secret" / name
        if not path.exists():
            made = write_private(path.with_name(f".{name}.{os.getpid()}"), make())
            with suppress(FileExistsError):
                path.hardlink_to(made)  # of two who make it at once, the first one's stands
            made.unlink()
        return path.read_text()

    def note(self, name: str, value: object) -> None:
        write_private(self.root / "run" / name, json.dumps(value))

    def noted(self, name: str) -> object | None:
        path = self.root / "run" / name
        return json.loads(path.read_text()) if path.exists() else None

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def _check_reachable(self) -> None:
        """Root's drop must be able to enter every folder above its home."""
        if self.owner.uid is None:
            return
        for folder in self.root.parents:
            if not folder.stat().st_mode & 0o001:
                raise Trouble(
                    f"the servers' user cannot enter {folder}, so it cannot reach {self.root}",
                    "set OMO_HOME to a folder that others may enter, such as one below /var/lib",
                )


def write_private(path: Path, text: str) -> Path:
    """Writes 0600 beside the target and renames: never half a file, never through a planted link."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as out:
        out.write(text)
    Path(scratch).replace(path)
    return path
