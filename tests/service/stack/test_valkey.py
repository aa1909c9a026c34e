"""The embedded Valkey: own keys, a readable clock, and no way to wipe it."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from cli.stack.servers import Servers
from cli.stack.valkey import USERS
from tests.harness.shared import ValkeyCorner

_PROCESSES = [user for user in USERS if user != "operator"]


@pytest.mark.parametrize("user", _PROCESSES)
async def test_a_process_keeps_to_its_own_keys(valkey: ValkeyCorner, user: str) -> None:
    await valkey.client.set("omo:clock", "86400")
    client: Redis = Redis.from_url(valkey.url(user), decode_responses=True)
    await client.set(f"omo:{user}:x", "1", ex=60)
    assert await client.get("omo:clock") == "86400"
    foreign = next(other for other in _PROCESSES if other != user)
    for refused in (
        ("SET", "omo:clock", "0"),
        ("GET", f"omo:{foreign}:x"),
        ("SET", "loot", "1"),
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("CONFIG", "GET", "*"),
        ("KEYS", "*"),
        ("SHUTDOWN",),
        ("ACL", "LIST"),
        ("MONITOR",),
    ):
        with pytest.raises(NoPermissionError):
            await client.execute_command(*refused)
    await client.aclose()


async def test_there_is_no_default_user(servers: Servers) -> None:
    client = Redis(host="127.0.0.1", port=servers.valkey.port)
    with pytest.raises(AuthenticationError):
        await client.ping()
    await client.aclose()
