"""Brings one service's database to the newest schema, as the role that owns it."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from kit import settings

_ROOT = Path(__file__).resolve().parent.parent
_LOCK = 0x6F6D6F  # "omo": one migration at a time per database
_LOCK_WAIT = 120.0
_TRIES = 5
# a migration that must wait for a lock makes everybody behind it wait too: give up soon, try again
_LOCK_TIMEOUT = "-c lock_timeout=1s"


class MigrationFailed(RuntimeError):
    """The schema is not at the newest version; the message holds what the runner said."""


def folders(service: str) -> list[Path]:
    """Where the migrations of a service lie, kit's first."""
    return [_ROOT / "kit" / "migrations", _ROOT / "services" / service / "migrations"]


async def migrate(dsn: str, service: str) -> None:
    """Applies what is missing, under a lock of ours, retrying where a lock was not to be had in a second."""
    present = [folder for folder in folders(service) if folder.is_dir()]
    connection = await asyncpg.connect(dsn, timeout=10, command_timeout=_LOCK_WAIT)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for attempt in range(1, _TRIES + 1):
            said = await asyncio.to_thread(_run, dsn, present)
            if said is None:
                return
            if "lock timeout" not in said or attempt == _TRIES:
                raise MigrationFailed(f"{service}: {said}")
            await asyncio.sleep(attempt)
    finally:
        await connection.close()


def _run(dsn: str, present: list[Path]) -> str | None:
    """Runs dbmate; None if all went well, else its last words."""
    command = [_dbmate(), "--no-dump-schema", "--env", "DATABASE_URL"]
    for folder in present:
        command += ["--migrations-dir", str(folder)]
    # by environment, not by argument: every user of the machine can read a command line
    environment = settings.child_environment(DATABASE_URL=_url(dsn))
    done = subprocess.run([*command, "migrate"], env=environment, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()


def _dbmate() -> str:
    beside = Path(sys.executable).parent / "dbmate"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("dbmate")
    if not found:
        raise MigrationFailed("dbmate is not installed: it comes with the extra `migrate`")
    return found


def _url(dsn: str) -> str:
    """The DSN as dbmate's driver wants it: TLS only if asked for, and the lock timeout as an option."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    query.setdefault("sslmode", "disable")
    query["options"] = " ".join(filter(None, [query.get("options"), _LOCK_TIMEOUT]))
    return urlunsplit(parts._replace(scheme="postgres", query=urlencode(query, quote_via=quote)))


def main() -> None:
    """`python -m kit.migrate <service>`, with the owner role's DSN in OMO_MIGRATE_DSN."""
    dsn = settings.variable("OMO_MIGRATE_DSN")
    if len(sys.argv) != 2 or not dsn:
        sys.stderr.write("usage: OMO_MIGRATE_DSN=postgresql://… python -m kit.migrate <service>\n")
        raise SystemExit(settings.EXIT_CONFIG)
    try:
        asyncio.run(migrate(dsn, sys.argv[1]))
    except (MigrationFailed, OSError, asyncpg.PostgresError) as error:
        sys.stderr.write(f"migration failed: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
