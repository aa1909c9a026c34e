"""The embedded NATS server: JetStream that syncs each message, one NKey user per process."""

import asyncio
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import nkeys

from cli.stack.binaries import Binaries
from cli.stack.child import Child, spawn
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from cli.stack.postgres import environment
from cli.stack.trouble import Trouble

USERS = (*SERVICES, "gateway", "operator")
MAIN = "OMO"
_START = 60.0
_FILE_GIGABYTES = 8  # of each account: its streams reserve their limits, they do not fill them


@dataclass(frozen=True, slots=True)
class Rights:
    """The subjects a user may publish to and subscribe to; all others are refused."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def rights(user: str) -> Rights:
    """A service publishes its own events, keeps its own stream, and reads streams through its own durables only."""
    inbox = f"_INBOX_{user}.>"
    if user == "operator":
        return Rights((">",), (">",))
    if user == "gateway":  # it only listens and reads, and changes nothing about a stream: no consumers
        reads = [f"$JS.API.STREAM.{verb}.OMO_{name.upper()}" for name in SERVICES for verb in ("INFO", "MSG.GET")]
        return Rights(("$JS.API.INFO", *reads), ("omo.>", inbox, "_INBOX_storelink.>"))
    own = f"OMO_{user.upper()}"
    verbs = [f"$JS.API.STREAM.{verb}.{own}" for verb in ("CREATE", "UPDATE")]
    reads = [subject for other in SERVICES for subject in _durable(f"OMO_{other.upper()}", user)]
    return Rights((f"omo.{user}.>", "$JS.API.INFO", "$JS.API.STREAM.NAMES", *verbs, *reads), (inbox,))


def _durable(stream: str, user: str) -> tuple[str, ...]:
    """What a pull consumer named after its service needs, and no more."""
    return (
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}.{user}",
        f"$JS.API.CONSUMER.CREATE.{stream}.{user}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{user}",
        f"$JS.API.CONSUMER.INFO.{stream}.{user}",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{user}",
        f"$JS.ACK.{stream}.{user}.>",
    )


@dataclass(slots=True)
class Nats:
    """One server in one home; each account is a world of its own (tests give one to each worker)."""

    home: Home
    binaries: Binaries
    port: int
    monitor_port: int
    accounts: tuple[str, ...] = (MAIN,)
    child: Child | None = field(default=None)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.home.root / "nats"

    def seed(self, user: str, account: str = MAIN) -> str:
        """The user's private key, made at the first call."""
        return self.home.secret(f"nats-{account}-{user}", new_seed)

    async def start(self) -> None:
        """Starts the server and checks that it took the settings that matter."""
        self.home.folder(self.data)
        config = self.home.write(self.home.root / "nats.conf", self.config())
        self.child = spawn(self.home, "nats", [self.binaries.nats, "-c", config], environment(), owner=self.home.owner)
        end = time.monotonic() + _START
        while not await self._healthy():
            if not self.child.alive or time.monotonic() > end:
                raise Trouble(f"NATS did not start: {self.child.last_words(2)}", f"read {self.child.log}")
            await asyncio.sleep(0.05)
        await self._check_sync()

    async def stop(self) -> None:
        if self.child:
            await self.child.stop(signal.SIGTERM)

    async def kill(self) -> None:
        assert self.child is not None
        self.child.send(signal.SIGKILL)
        await self.child.gone(10.0)

    def config(self) -> str:
        """The server's configuration: public keys only."""
        accounts = "\n".join(self._account(account) for account in self.accounts)
        return (
            f'server_name: omo\nlisten: "127.0.0.1:{self.port}"\nhttp: "127.0.0.1:{self.monitor_port}"\n'
            f'max_payload: 1MB\njetstream {{ store_dir: "{self.data}", sync_interval: always, '
            f"max_mem: 64MB, max_file: {_FILE_GIGABYTES * len(self.accounts)}GB }}\naccounts {{\n{accounts}\n}}\n"
        )

    def _account(self, account: str) -> str:
        users = ",\n".join(entry(user, self.seed(user, account)) for user in USERS)
        return f"  {account} {{ jetstream: enabled, users: [\n{users}\n  ] }}"

    async def _healthy(self) -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self.monitor_port}/healthz")).status_code == 200
            except httpx.HTTPError:
                return False

    async def _check_sync(self) -> None:
        """An acknowledged message must be on disk; the server's own default is two minutes later."""
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            config = (await client.get(f"http://127.0.0.1:{self.monitor_port}/jsz")).json()["config"]
        if not config.get("sync_always"):
            raise Trouble(f"NATS runs without sync_interval: always ({config})", f"read {self.home.root}/nats.conf")


def new_seed() -> str:
    """A user's private key."""
    return bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)).decode()


def entry(user: str, seed: str) -> str:
    """A user's line in the server's configuration: its public key, and what it may do."""
    public = nkeys.from_seed(seed.encode()).public_key.decode()
    may = rights(user)
    return (
        f"    {{ nkey: {public}, permissions: {{ publish: {{ allow: {_list(may.publish)} }}, "
        f"subscribe: {{ allow: {_list(may.subscribe)} }} }} }}"
    )


def _list(subjects: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"
