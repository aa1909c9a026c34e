"""The fixtures of the till library's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.harness.databases import Databases
from tests.harness.shared import ValkeyCorner
from tests.service.storelink.rig import Rig, open_rig


@pytest_asyncio.fixture
async def rig(databases: Databases, valkey: ValkeyCorner) -> AsyncIterator[Rig]:
    """A door with owners behind it."""
    async with open_rig(databases, valkey.client) as opened:
        yield opened
