"""Kits in what is asked for: a kit has no stock of its own, so its parts are held."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kit.postgres import Database, Tx
from services.inventory.catalogue import domain_kits, store_kits
from services.inventory.stock.domain import Line
from services.inventory.stock.domain_commands import Ask, Command

# of kits that are remembered
_CODES = 10_000


class KitsAsked(Exception):
    """Some of what is asked for is a kit: its parts must be looked at instead."""

    def __init__(self, skus: Iterable[str]) -> None:
        super().__init__()
        self.skus = frozenset(skus)


class Kits:
    """Remembers which SKUs were once kits: those are looked up again each time, before anything is locked."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._likely: set[str] = set()

    async def exploded(self, commands: Sequence[Command]) -> Sequence[Command]:
        """The commands with each kit in its parts."""
        likely = {line.sku for line in lines(commands)} & self._likely
        if not likely:
            return commands
        async with self._db.read() as tx:
            kits = await store_kits.reached(tx, likely)
        return [_in_parts(command, kits) if isinstance(command, Ask) else command for command in commands]

    def remember(self, skus: Iterable[str]) -> None:
        """The next time they are looked up."""
        if len(self._likely) > _CODES:
            self._likely.clear()
        self._likely.update(skus)

    @staticmethod
    async def none(tx: Tx, skus: set[str]) -> None:
        """Raises if one of these is a kit."""
        if kits := skus & (await store_kits.reached(tx, skus)).keys():
            raise KitsAsked(kits)


def _in_parts(ask: Ask, kits: domain_kits.Kits) -> Ask:
    lines = []
    for line in ask.lines:
        whole = domain_kits.Wanted(line.line_no, line.sku, line.quantity)
        lines += [
            replace(
                line,
                sku=part.sku,
                quantity=part.quantity,
                kit_sku=part.kit_sku,
                kits=line.quantity if part.kit_sku else 0,
            )
            for part in domain_kits.explode([whole], kits)
        ]
    return replace(ask, lines=tuple(lines))


def lines(commands: Iterable[Command]) -> Iterable[Line]:
    """All that is asked for."""
    return (line for command in commands if isinstance(command, Ask) for line in command.lines)
