"""An inventory whose holds have no condition: it promises what it does not have, without stumbling."""

from typing import Any

from services.inventory.stock import ledger
from services.inventory.stock.domain import Place
from services.inventory.stock.domain_books import Books
from tests.faults.bent import running


def _plenty(self: Books, place: Place) -> int:
    return 1_000_000


async def _unexplained(*_: Any) -> list[Any]:
    return []


def bend() -> None:
    Books.free = _plenty  # type: ignore[method-assign]
    ledger._explain = _unexplained  # type: ignore[assignment]  # else nothing short could be written


if __name__ == "__main__":
    bend()
    running.run()
