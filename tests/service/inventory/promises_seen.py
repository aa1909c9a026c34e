"""What the service has of a model's promises, and whether it is what the model says."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from services.inventory.promises.sourced import Promised
from tests.service.inventory.conftest import Inventory
from tests.service.inventory.promises_oracle import PLACES, Book, Promise

NOWHERE = "UNKNOWN"
_STANDING = """
SELECT l.hold_id AS id, l.sku, l.location_id, l.quantity AS units, l.pool_id = '' AS bound
  FROM hold_lines l WHERE l.sku = ANY($1) AND l.active
UNION ALL
SELECT order_id, sku, location_id, movable, false FROM allocations WHERE sku = ANY($1) AND movable > 0
UNION ALL
SELECT order_id, sku, location_id, open - movable, location_id <> 'UNKNOWN'
  FROM allocations WHERE sku = ANY($1) AND open > movable
"""


class Seen:
    """Books beside the service."""

    inventory: Inventory
    books: list[Book]

    def book(self, sku: str) -> Book:
        return next(book for book in self.books if book.sku == sku)

    def home(self, one: Promise) -> Book:
        return next(book for book in self.books if book.promises.get(one.id) is one)

    def lines(self, id_: str) -> list[tuple[Book, Promise]]:
        return [(book, book.promises[id_]) for book in self.books if id_ in book.promises]

    def pick(self, which: int, fit: Callable[[Promise], bool]) -> Promise | None:
        fitting = [one for book in self.books for one in book.promises.values() if fit(one)]
        return fitting[which % len(fitting)] if fitting else None

    def forget(self, id_: str) -> None:
        for book in self.books:
            book.promises.pop(id_, None)

    def sourced(self) -> Promised:
        return Promised(self.inventory.clock, self.inventory.ground.book)

    async def standing(self) -> Counter[tuple[str, str, str, bool]]:
        """Whose, of what, where, and whether it is bound to the place: how many."""
        found: Counter[tuple[str, str, str, bool]] = Counter()
        async with self.inventory.db.read() as tx:
            for row in await tx.fetch(_STANDING, [book.sku for book in self.books]):
                found[row["id"], row["sku"], row["location_id"], row["bound"]] += row["units"]
        return found

    async def short(self, *books: Book) -> int:
        """How much of what stands somewhere is not there, of all goods if none are named."""
        used: Counter[tuple[str, str]] = Counter()
        for (_, sku, place, _), units in (await self.standing()).items():
            used[sku, place] += units
        return sum(max(0, used[b.sku, one] - max(0, b.there[one])) for b in books or self.books for one in PLACES)

    async def settled(self, *books: Book, regains: bool) -> None:
        """Of these goods all that facts took is made up for."""
        for book in books:
            for id_, lost in book.mended(regains=regains).items():
                book.promises[id_].nowhere = lost
        short = sum(book.pinned_short().total() for book in books)
        assert await self.short(*books) == short, "what stands somewhere is there, but for what is bound"

    async def check(self, step: Any) -> None:
        """Every promise is whole, stands where it may, and only that is lost that had to be."""
        placed: Counter[tuple[str, str]] = Counter()
        bound: Counter[tuple[str, str, str]] = Counter()
        lost: Counter[tuple[str, str]] = Counter()
        for (id_, sku, place, is_bound), units in (await self.standing()).items():
            assert id_ in self.book(sku).promises, (step, "what has ended stands for nobody")
            if is_bound:
                bound[id_, sku, place] = units
            elif place == NOWHERE:
                lost[id_, sku] = units
            else:
                assert place in self.book(sku).promises[id_].choice, (step, "it stands where it may")
                placed[id_, sku] += units
        every = [(book.sku, one) for book in self.books for one in book.promises.values()]
        assert bound == _some({(one.id, sku, at): n for sku, one in every for at, n in one.bound.items()}), step
        ages = {one.id: one.age for _, one in every}
        assert lost == _some({(one.id, sku): one.nowhere for sku, one in every}), (step, "who loses, by age", ages)
        assert placed == _some({(one.id, sku): one.open - one.nowhere for sku, one in every}), step


def _some(given: dict[Any, int]) -> Counter[Any]:
    return Counter({key: units for key, units in given.items() if units})
