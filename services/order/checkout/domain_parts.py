"""An order that is paid by several payments: how its amount is dealt to them, and what each is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.errors import invalid
from services.order.checkout.domain import Entry, Line, Method, TenderEntry

MOST = 5
PROVIDER = "PROVIDER"
# the first payment of an order; what value pays is counted on from 2, and further payments after that
TENDER = 1
# the provider that secures nothing: the shopper pays at a till when he comes
COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Part:
    """One payment that the shopper chose; without an amount it pays the rest."""

    provider: str
    instrument_token: str
    return_url: str = ""
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a further payment is authorised by, until the saga ends."""

    tender_no: int
    instrument_token: str
    return_url: str


def amounts(parts: Sequence[Part], due: int) -> list[int]:
    """What each part pays: all of them together are what is due, and each pays something."""
    if len(parts) > MOST:
        raise invalid("payments", f"must hold at most {MOST}")
    for place, part in enumerate(parts):
        if part.amount is not None and part.amount < 1:
            raise invalid(f"payments[{place}].amount", "must be above 0, or left out for the rest")
    open_ = [part for part in parts if part.amount is None]
    if len(open_) > 1:
        raise invalid("payments", "must leave the rest to one of them")
    rest = due - sum(part.amount or 0 for part in parts)
    if rest < 0 or (rest > 0) != bool(open_):
        raise invalid("payments", f"must come to the {due} that are due")
    return [rest if part.amount is None else part.amount for part in parts]


def requested(parts: Sequence[Part], due: int, values: int, at: datetime) -> tuple[TenderEntry, ...]:
    """The first entry of each payment after the first; `values` tenders of the wallet stand between."""
    given = list(zip(parts, amounts(parts, due), strict=True))
    return tuple(
        TenderEntry(number, Entry.REQUESTED, PROVIDER, amount, at, part.provider)
        for number, (part, amount) in enumerate(given[1:], TENDER + 1 + values)
    )


def instruments(parts: Sequence[Part], tenders: Sequence[TenderEntry]) -> tuple[Instrument, ...]:
    """By which payments after the first are authorised."""
    return tuple(
        Instrument(asked.tender_no, part.instrument_token, part.return_url)
        for part, asked in zip(parts[1:], payments(tenders)[1:], strict=True)
    )


def payments(tenders: Sequence[TenderEntry]) -> list[TenderEntry]:
    """The first entry of every payment of an order, by its number."""
    found = [one for one in tenders if one.entry is Entry.REQUESTED and one.kind == PROVIDER]
    return sorted(found, key=lambda one: one.tender_no)


def check_counter(providers: Sequence[tuple[str, str]], lines: Sequence[Line]) -> None:
    """Who pays at the counter must come to one, once."""
    named = [field for field, provider in providers if provider == COUNTER]
    if len(named) > 1:
        raise invalid(named[1], f"must not be {COUNTER} a second time")
    if named and any(line.method is not Method.COLLECT for line in lines):
        raise invalid(named[0], f"must not be {COUNTER} where anything is sent: nobody comes to a till")
