"""The embedded Postgres: made, started, crash-restarted, stopped."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from cli.stack import child, databases
from cli.stack.binaries import Binaries
from cli.stack.child import Child, spawn
from cli.stack.home import Home
from cli.stack.trouble import Trouble

SUPERUSER = "postgres"
_START = 300.0  # crash recovery may take longer than the minute that pg_ctl would give it
_SOCKET_PATH_LIMIT = 90
_INITDB = (
    "--auth=scram-sha-256",
    f"--username={SUPERUSER}",
    "--data-checksums",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
_HBA = """\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(slots=True)
class Postgres:
    """One cluster in one home. `durable=False` turns fsync off: for tests that pull no plug."""

    home: Home
    binaries: Binaries
    port: int
    durable: bool = True
    child: Child | None = None

    @property
    def data(self) -> Path:
        return self.home.root / "postgres"

    def dsn(self, role: str = SUPERUSER, database: str = SUPERUSER) -> str:
        """The connection address of a role; its password is made at the first call."""
        return databases.dsn(self.home, role, f"127.0.0.1:{self.port}", database)

    async def start(self) -> None:
        """Starts the cluster, and makes it first when there is none."""
        if not self.data.exists():
            await asyncio.to_thread(self._make)
        self._configure()
        end = time.monotonic() + _START
        while True:
            self.child = spawn(
                self.home,
                "postgres",
                [self.binaries.postgres / "postgres", "-D", self.data],
                environment(),
                owner=self.home.owner,
            )
            if await self._answers(end):
                return
            if not self._beaten_by_its_ghost() or time.monotonic() > end:
                raise Trouble(f"Postgres ended at start: {self.child.last_words(2)}", f"read {self.child.log}")
            await asyncio.sleep(0.5)

    async def stop(self) -> None:
        """Fast shutdown: sessions end, nothing needs recovery."""
        if self.child:
            await self.child.stop(signal.SIGINT)

    async def kill(self) -> None:
        """Kills the postmaster and its children at once, as a power cut of the process tree would."""
        assert self.child is not None
        tree = [self.child.pid, *await asyncio.to_thread(child.children, self.child.pid)]
        for pid in tree:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        await self.child.gone(10.0)

    async def _answers(self, end: float) -> bool:
        """Waits until it takes connections; False if the process ended first."""
        assert self.child is not None
        while self.child.alive and time.monotonic() < end:
            try:
                connection = await asyncpg.connect(self.dsn(), timeout=3)
            except (TimeoutError, OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
                continue
            await connection.close()
            return self.child.alive
        return False

    def _beaten_by_its_ghost(self) -> bool:
        """After a SIGKILL the old lock file and shared memory stand until the last child is gone."""
        assert self.child is not None
        words = self.child.last_words()
        return "lock file" in words or "shared memory block" in words

    def _make(self) -> None:
        """initdb into a folder of another name, so that a broken-off one is never started."""
        scratch = self.home.folder(self.home.root / "postgres.new")
        for stale in scratch.iterdir():
            _remove(stale)
        password = self.home.write(self.home.root / ".password", self.home.secret(f"postgres-{SUPERUSER}"))
        try:
            made = subprocess.run(
                [
                    self.binaries.postgres / "initdb",
                    "-D",
                    scratch,
                    *_INITDB,
                    f"--pwfile={password}",
                    *([] if self.durable else ["--no-sync"]),
                ],
                env=environment(),
                cwd=self.home.root,
                capture_output=True,
                text=True,
                check=False,
                **self.home.owner.popen(),
            )
        finally:
            password.unlink()
        if made.returncode != 0:
            raise Trouble(f"initdb failed: {made.stderr.strip().splitlines()[-1:]}", "see `omoctl doctor`")
        scratch.rename(self.data)

    def _configure(self) -> None:
        sockets = self.home.folder(self.home.root / "pg")
        named = str(sockets) if len(str(sockets)) < _SOCKET_PATH_LIMIT else ""
        fast = "" if self.durable else "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"
        self.home.write(self.data / "pg_hba.conf", _HBA)
        self.home.write(
            self.data / "postgresql.conf",
            (
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\n"
                f"unix_socket_directories = '{named}'\nunix_socket_permissions = 0700\n"
                "password_encryption = 'scram-sha-256'\nmax_connections = 200\nshared_buffers = '128MB'\n"
                "max_wal_size = '1GB'\njit = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
                "autovacuum_naptime = '10s'\nlog_min_duration_statement = '1s'\n" + fast
            ),
        )


def environment() -> dict[str, str]:
    """What a server needs of our environment: next to nothing."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
