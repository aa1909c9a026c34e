"""All books proved after examples that share a database."""

from collections.abc import Awaitable, Callable, Sequence

_SHORT = 200
_SOMETIMES = 50


class Proving:
    """Looks for drifts after each example while the books are short, after every fiftieth when they are long.

    A proof reads all that was ever booked, so that one after each of ten thousand examples takes longer than the
    examples; and what is wrong stays wrong until the next one finds it.
    """

    def __init__(self, drifts: Callable[[], Awaitable[Sequence[object]]]) -> None:
        self._drifts = drifts
        self._examples = 0

    async def example(self) -> None:
        """After an example."""
        self._examples += 1
        if self._examples <= _SHORT or self._examples % _SOMETIMES == 0:
            await self.all()

    async def all(self) -> None:
        """Now, whatever was looked at before."""
        drifts = await self._drifts()
        if drifts:
            self._examples = 0  # it is still there when the example is tried again
        assert not drifts, drifts
