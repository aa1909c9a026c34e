"""The trial's three servers without their images: the same configuration and secrets, run by the embedded programs."""

import asyncio
import os
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from cli.stack import binaries, databases, ports
from cli.stack.child import Child, spawn
from cli.stack.home import Home
from cli.stack.postgres import SUPERUSER, Postgres, environment
from deploy import make_secrets
from tests.house.tree import ROOT

PORTS = {"postgres": 5432, "nats": 4222, "valkey": 6379}
_SCRIPT = ROOT / "deploy" / "k8s" / "components" / "backing" / "databases.sh"
_STARTS_WITHIN = 60.0


@dataclass(slots=True)
class TrialServers:
    """Started from what `deploy/make_secrets.py` made; as Addresses it tells the keeper's tools where they are."""

    home: Home
    secrets: make_secrets.Secrets
    listen: dict[str, int] = field(default_factory=lambda: {name: ports.free() for name in PORTS})
    monitor: int = field(default_factory=ports.free)
    children: list[Child] = field(default_factory=list)
    _postgres: Postgres | None = None

    async def start(self) -> None:
        """The servers, then the script that makes roles and databases: twice, because it may be repeated."""
        programs = binaries.prepare(self.home)
        self._postgres = Postgres(self.home, programs, self.listen["postgres"], durable=False)
        # the superuser's password is the one that the manifests' server would have been made with
        self.secrets["postgres"][SUPERUSER] = self.home.secret(f"postgres-{SUPERUSER}")
        await asyncio.gather(
            self._postgres.start(), self._start_nats(programs.nats), self._start_valkey(programs.valkey)
        )

    def make_databases(self, folder: Path, psql: Path) -> str:
        """Runs the trial's own script; `folder` holds the secrets."""
        told = {
            "PATH": f"{psql}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.listen["postgres"]),
            "PGUSER": SUPERUSER,
            "SECRETS": str(folder / "postgres"),
        }
        done = subprocess.run(["sh", _SCRIPT], env=told, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def programs(self) -> Path:
        return binaries.prepare(self.home).postgres

    async def stop(self) -> None:
        """Events first, the truth last."""
        for child in reversed(self.children):
            await child.stop()
        if self._postgres is not None:
            await self._postgres.stop()

    # --- as Addresses

    def postgres(self, service: str) -> str:
        return self._dsn(databases.role_of(service), service)

    def postgres_owner(self, service: str) -> str:
        return self._dsn(databases.owner_of(service), service)

    def nats(self) -> str:
        return f"nats://127.0.0.1:{self.listen['nats']}"

    def nats_seed(self, user: str) -> str:
        return self.secrets[user]["nats_seed"]

    def valkey(self, user: str) -> str:
        return self.secrets[user]["valkey_url"].replace("@valkey:6379", f"@127.0.0.1:{self.listen['valkey']}")

    async def syncs_always(self) -> bool:
        """Whether NATS acknowledges only what is on disk."""
        async with httpx.AsyncClient(trust_env=False) as client:
            config = (await client.get(f"http://127.0.0.1:{self.monitor}/jsz")).json()["config"]
        return bool(config.get("sync_always"))

    def _dsn(self, role: str, service: str) -> str:
        password = self.secrets["postgres"][role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self.listen['postgres']}/{databases.database_of(service)}"

    async def _start_nats(self, program: Path) -> None:
        config = self._config("nats", "nats.conf")
        place = ["-a", "127.0.0.1", "-p", str(self.listen["nats"]), "-m", str(self.monitor)]
        self._spawn("nats", [program, "-c", config, *place])
        await _until("NATS", self._nats_answers, self.children)

    async def _start_valkey(self, program: Path) -> None:
        config = self._config("valkey", "valkey.conf")
        place = ["--bind", "127.0.0.1", "--port", str(self.listen["valkey"])]
        self._spawn("valkey", [program, config, *place])
        await _until("Valkey", self._valkey_answers, self.children)

    def _config(self, name: str, file: str) -> Path:
        """The configuration as it was made, but for the folder of the data."""
        data = self.home.folder(self.home.root / name)
        return self.home.write(self.home.root / file, self.secrets[name][file].replace("/data", str(data)))

    def _spawn(self, name: str, command: list[str | Path]) -> None:
        self.children.append(spawn(self.home, name, command, environment(), owner=self.home.owner))

    async def _nats_answers(self) -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self.monitor}/healthz")).is_success
            except httpx.HTTPError:
                return False

    async def _valkey_answers(self) -> bool:
        client = Redis.from_url(self.valkey("operator"), socket_timeout=2)
        try:
            return bool(await client.ping())
        except RedisError:
            return False
        finally:
            await client.aclose()


async def _until(what: str, answers: Callable[[], Awaitable[bool]], started: list[Child]) -> None:
    end = time.monotonic() + _STARTS_WITHIN
    while not await answers():
        assert all(child.alive for child in started), [child.last_words(2) for child in started]
        assert time.monotonic() < end, f"{what} did not start"
        await asyncio.sleep(0.05)
