"""Where the limits of promises come from, while nobody has written rules."""

from collections.abc import Iterable
from typing import Protocol

from kit.postgres import Tx
from services.inventory.stock import store_boards
from services.inventory.stock.domain_limits import NONE, Limits, Plain


class Rules(Protocol):
    """Whoever says what may be promised."""

    async def load(self, tx: Tx, skus: Iterable[str], channels: Iterable[str]) -> Limits:
        """The limits of these SKUs in these channels."""

    async def of_carts(self, tx: Tx, versions: tuple[int, int], skus: Iterable[str]) -> Limits:
        """What is said of how long carts hold these SKUs, under these versions of catalogue and rules."""


class PlainRules:
    """Every active location that ships serves every channel, or those of the channel's groups if it has any.

    A franchise store serves online ones only if it agreed.
    """

    async def load(self, tx: Tx, skus: Iterable[str], channels: Iterable[str]) -> Limits:  # noqa: ARG002
        return Plain(await store_boards.pools(tx, sorted(set(channels))))

    async def of_carts(self, tx: Tx, versions: tuple[int, int], skus: Iterable[str]) -> Limits:  # noqa: ARG002
        return NONE
