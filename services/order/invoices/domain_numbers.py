"""Numbers of invoices: periods of two months, blocks, and what of a block was never drawn."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kit.errors import invalid
from services.order.invoices.domain import Number

LAST = 99_999_999
_TRACK = re.compile(r"[A-Z]{2}")
_WHOLE = re.compile(r"([A-Z]{2})([0-9]{8})")
_RANDOM = re.compile(r"[0-9]{4}")
_LETTERS = 26
_FIRST_YEAR, _LAST_YEAR = 2012, 2199
_MINGUO = 1911


@dataclass(frozen=True, slots=True)
class Block:
    """A run of numbers from which one place draws; `next` is the first that is not known to be used."""

    block_id: str
    period: int
    track: str
    first: int
    last: int
    location_id: str = ""
    terminal_id: str = ""
    next: int = 0
    version: int = 1


def period_of(moment: datetime, zone: ZoneInfo) -> int:
    """The period of a moment, by its first month: 202611 is November and December 2026."""
    local = moment.astimezone(zone)
    return local.year * 100 + local.month - (local.month + 1) % 2


def following(period: int) -> int:
    """The next one."""
    year, month = divmod(period, 100)
    return period + 2 if month < 11 else (year + 1) * 100 + 1


def between(since: datetime, until: datetime, zone: ZoneInfo) -> list[int]:
    """The periods that a span touches."""
    found, last = [period_of(since, zone)], period_of(until, zone)
    while found[-1] < last:
        found.append(following(found[-1]))
    return found


def end_of(period: int, zone: ZoneInfo) -> datetime:
    """The first moment after it."""
    year, month = divmod(following(period), 100)
    return datetime(year, month, 1, tzinfo=zone)


def voidable(period: int, now: datetime, zone: ZoneInfo, days: int) -> bool:
    """Whether an invoice of this period may still be voided; afterwards it can only be lessened."""
    return now < end_of(period, zone) + timedelta(days=days)


def checked_period(path: str, period: int) -> int:
    """Refuses what is no period."""
    year, month = divmod(period, 100)
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and month in range(1, 12, 2)):
        raise invalid(path, "must be a year and the odd month in which its period begins, such as 202611")
    return period


def checked(block: Block, path: str = "block") -> Block:
    """Refuses a block that makes no sense, naming the field."""
    checked_period(f"{path}.period", block.period)
    if not _TRACK.fullmatch(block.track):
        raise invalid(f"{path}.track", "must be two capital letters")
    if not 0 <= block.first <= LAST:
        raise invalid(f"{path}.first_number", f"must be 0 to {LAST}")
    if not block.first <= block.last <= LAST:
        raise invalid(f"{path}.last_number", f"must be first_number to {LAST}")
    if block.terminal_id and not block.location_id:
        raise invalid(f"{path}.location_id", "must name the store that the till stands in")
    return block


def read(text: str) -> tuple[str, int] | None:
    """Track and digits of a number as it is printed; None: it is none."""
    found = _WHOLE.fullmatch(text)
    return (found[1], int(found[2])) if found else None


def whole(text: str) -> str:
    """A number as it is kept, of one that somebody read off paper; empty: it is none."""
    found = _WHOLE.fullmatch(text.upper().replace("-", ""))
    return found[0] if found else ""


def is_random_code(text: str) -> bool:
    """Whether it is the four digits that make guessing numbers useless."""
    return bool(_RANDOM.fullmatch(text))


def key(period: int, track: str, digits: int) -> int:
    """One number for each number of each period, in their order: blocks may not overlap in it."""
    year, month = divmod(period, 100)
    letters = (ord(track[0]) - 65) * _LETTERS + ord(track[1]) - 65
    return ((year * 6 + month // 2) * _LETTERS**2 + letters) * (LAST + 1) + digits


def blanks(block: Block, drawn: Iterable[int]) -> list[tuple[int, int]]:
    """The runs of a block's numbers that nobody drew."""
    found, begin = [], block.first
    for digits in sorted(drawn):
        if digits > begin:
            found.append((begin, digits - 1))
        begin = max(begin, digits + 1)
    return [*found, (begin, block.last)] if begin <= block.last else found


def minguo(day: date) -> str:
    """A day as invoices write it: 民國 year in three digits, month, day."""
    return f"{day.year - _MINGUO:03d}{day:%m%d}"


def printed_period(period: int) -> str:
    """A period as barcodes write it: 民國 year and its even month."""
    year, month = divmod(period, 100)
    return f"{year - _MINGUO:03d}{month + 1:02d}"


def number(block: Block, digits: int) -> Number:
    """The number that was drawn of a block."""
    return Number(block.period, block.track, digits, block.block_id)
