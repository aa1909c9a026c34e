"""How long carts hold: as long as they ask for, or as rules say of what they hold."""

from collections.abc import Iterable
from datetime import timedelta

from services.inventory.stock.domain import Hold, Line
from services.inventory.stock.domain_commands import Ask, Command, Extend
from services.inventory.stock.domain_limits import Limits


def life(limits: Limits, asked: Ask | Extend, lines: Iterable[Line]) -> timedelta | None:
    """From now on, for these lines where they stand; None: for ever.

    The shortest of all lines, so that no good is kept longer than its brand
    wants for the company that it is in. Of a kit, rules speak as of what was
    asked for: its parts are nobody's choice.
    """
    if asked.ttl is None or not asked.ruled:
        return asked.ttl
    said = (limits.hold_ttl(good(line), line.location_id) for line in lines if line.active)
    return min((timedelta(seconds=one) if one else asked.ttl for one in said), default=asked.ttl)


def open_to_rules(commands: Iterable[Command], held: Iterable[Hold]) -> set[str]:
    """The goods of which rules may decide how long they are held; none if every caller says it himself."""
    known = list(commands)
    if not any(isinstance(one, Ask | Extend) and one.ruled for one in known):
        return set()
    asked = (line for one in known if isinstance(one, Ask) for line in one.lines)
    return {good(line) for line in (*asked, *(line for hold in held for line in hold.lines))}


def good(line: Line) -> str:
    """What was asked for: of a kit's part the kit."""
    return line.kit_sku or line.sku
