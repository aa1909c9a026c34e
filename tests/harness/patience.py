"""A database whose waits end with a test's patience and not with a caller's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kit import postgres
from kit.postgres import Database
from tests.depth import PATIENCE


@asynccontextmanager
async def patient(dsn: str, size: int) -> AsyncIterator[Database]:
    """For tests of what comes out when many come at once.

    A machine that stands still for half a second is no fault of theirs, and a timer that failed by it is put off by a
    clock that only the test moves. Who waits for each other without end is told by Postgres itself, after a second.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "ACQUIRE_TIMEOUT", PATIENCE)
        patch.setitem(postgres._SERVER_SETTINGS, "lock_timeout", f"{PATIENCE:.0f}s")
        db = await Database.open(dsn, size=size, patience=PATIENCE)
        try:
            yield db
        finally:
            await db.close()
