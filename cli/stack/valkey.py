"""The embedded Valkey: an ACL user per process, no default user."""

import asyncio
import hashlib
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import redis.asyncio as redis

from cli.stack.binaries import Binaries
from cli.stack.child import Child, spawn
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from cli.stack.postgres import environment
from cli.stack.trouble import Trouble

USERS = (*SERVICES, "gateway", "payment", "operator")
_START = 30.0


@dataclass(slots=True)
class Valkey:
    """One server in one home; it holds hints and windows, and of what must last only the clock's offset."""

    home: Home
    binaries: Binaries
    port: int
    durable: bool = True
    child: Child | None = None

    @property
    def data(self) -> Path:
        return self.home.root / "valkey"

    def url(self, user: str, database: int = 0) -> str:
        return f"redis://{user}:{self.home.secret(f'valkey-{user}')}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        self.home.folder(self.data)
        config = self.home.write(self.home.root / "valkey.conf", self.config())
        self.child = spawn(self.home, "valkey", [self.binaries.valkey, config], environment(), owner=self.home.owner)
        end = time.monotonic() + _START
        while not await self._answers():
            if not self.child.alive or time.monotonic() > end:
                raise Trouble(f"Valkey did not start: {self.child.last_words(2)}", f"read {self.child.log}")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self.child:
            await self.child.stop(signal.SIGTERM)

    async def kill(self) -> None:
        assert self.child is not None
        self.child.send(signal.SIGKILL)
        await self.child.gone(10.0)

    def config(self) -> str:
        """The server's configuration: hashes of passwords only."""
        keep = "yes" if self.durable else "no"
        users = "\n".join(acl(user, self.home.secret(f"valkey-{user}")) for user in USERS)
        return (
            f'bind 127.0.0.1\nport {self.port}\nprotected-mode yes\ndaemonize no\ndir "{self.data}"\n'
            f'databases 64\nsave ""\nappendonly {keep}\nappendfsync everysec\nmaxmemory 256mb\n'
            f"maxmemory-policy volatile-lru\nuser default off\n{users}\n"
        )

    async def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url("operator"), socket_timeout=2)
        try:
            return bool(await client.ping())
        except redis.RedisError:
            return False
        finally:
            await client.aclose()


def acl(user: str, password: str) -> str:
    """A process owns the keys `omo:<its name>:*` and may read the clock; nobody but the operator may flush."""
    known = "#" + hashlib.sha256(password.encode()).hexdigest()
    if user == "operator":
        return f"user operator on {known} ~* &* +@all"
    # the gateway's two processes are one user: the store door keeps there who is present
    keys = "~omo:gateway:* ~omo:door:*" if user == "gateway" else f"~omo:{user}:*"
    return f"user {user} on {known} {keys} %R~omo:clock &omo:{user}:* +@all -@admin -@dangerous"
