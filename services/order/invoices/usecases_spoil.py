"""Takes what a store says of numbers that were drawn and stand on no invoice: its period's report names each."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from kit import access, fields, requests
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import invoice_service_pb2 as pb
from services.order.checkout.domain import TransitionRefused
from services.order.invoices import domain_numbers, store_spoiled, wire
from services.order.invoices.domain import Number
from services.order.invoices.domain_numbers import Block

_MOST = 100
_AHEAD = 100
"""So many numbers a till may have drawn of which we have not heard: what is named spoiled is lost to all sales."""


class Spoils:
    """All that are named, or none; how late it is said, and how often, changes nothing."""

    def __init__(self, db: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone

    async def tell(self, asked: Request, request: pb.SpoilNumbersRequest) -> pb.SpoilNumbersResponse:
        """By staff of the store, by the till itself, or by headquarters."""
        now = self._clock()
        period = request.period or domain_numbers.period_of(now, self._zone)
        given = _numbers(domain_numbers.checked_period("period", period), request.numbers)
        reason = fields.code("reason", request.reason)

        async def work(tx: Tx) -> pb.SpoilNumbersResponse:
            blocks = [await _held(tx, one) for one in given]
            _check_drawn(blocks)
            names = [str(one) for one in given]
            stands = await store_spoiled.on_invoice(tx, period, names)
            if stands is not None:
                raise TransitionRefused(f"{stands} is on an invoice: what is sold is taken back", state="ISSUED")
            await store_spoiled.tell(tx, period, blocks, reason, now, access.current().actor)
            found = await store_spoiled.among(tx, period, names)
            return pb.SpoilNumbersResponse(spoiled=[wire.spoiled(one) for one in found])

        return await requests.once(self._db, asked, work, pb.SpoilNumbersResponse)


def _numbers(period: int, told: Sequence[str]) -> list[Number]:
    """As they are printed, in their order: whoever else names them waits for nobody in a circle."""
    if not 1 <= len(told) <= _MOST:
        raise invalid("numbers", f"must hold 1 to {_MOST} entries")
    found = {}
    for place, text in enumerate(told):
        read = domain_numbers.read(text)
        if read is None:
            raise invalid(f"numbers[{place}]", "must be two capital letters and eight digits")
        found[text] = Number(period, *read)
    return [found[text] for text in sorted(found)]


async def _held(tx: Tx, number: Number) -> Block:
    block = await store_spoiled.drew(tx, number)
    if block is None or not _own(block):
        raise NotYours(f"no till here draws {number}", field="numbers", number=str(number))
    return block


def _check_drawn(blocks: Sequence[Block]) -> None:
    """Refuses what nobody can have drawn yet, from all but headquarters: a slip of a finger would use up a block."""
    if access.current().kind in (Kind.HQ, Kind.SERVICE):
        return
    due = dict[str, int]()
    for one in blocks:
        if one.first >= due.setdefault(one.block_id, one.next) + _AHEAD:
            raise TransitionRefused(
                f"{domain_numbers.number(one, one.first)} is far ahead of what was drawn: have headquarters name it",
                state="BLANK",
            )


def _own(block: Block) -> bool:
    """Whose it is to say: anybody's of the store, but no other till's."""
    caller = access.current()
    if caller.kind is Kind.DEVICE:
        return block.terminal_id == (caller.terminal_id or caller.id)
    return caller.kind in (Kind.HQ, Kind.SERVICE) or block.location_id in caller.location_ids
