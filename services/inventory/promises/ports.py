"""What the keeping of promises asks of others."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kit.postgres import Tx


class Tasks(Protocol):
    """Whoever has people look at things."""

    async def open(
        self, tx: Tx, kind: str, location_id: str, subject: str, payload: Mapping[str, object], now: datetime
    ) -> object:
        """Opens a task, unless one of this kind stands for the subject at the location already."""

    async def settle(self, tx: Tx, keys: Sequence[tuple[str, str, str]], resolution: str, now: datetime) -> object:
        """Ends those of these (kind, location, subject) that stand."""
