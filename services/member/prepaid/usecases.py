"""Sells packs of prepaid goods, gives their units out, away and, at their end, back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kit import access, outbox
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import reading as members
from services.member.points import store as points
from services.member.prepaid import domain, store, store_refunds, wire
from services.member.prepaid.domain import Pack, Program, RefundTo
from services.member.value import domain as value
from services.member.value import domain_taking, ledger, posting
from services.member.value import store as lots
from services.member.value.domain import Account, Kind, Lot, Terms, Use, Verb
from services.member.value.ledger import Why
from services.member.wallet import holding
from services.member.wallet import store as wallet

_AGAIN = timedelta(hours=1)


class Prepaid:
    """Order of locks: members, then lots, as in every hold."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def put(self, tx: Tx, program: Program) -> Program:
        """Makes or changes a programme; packs that were sold stay as they are."""
        if program.pack_sku:
            other = (await store.by_pack_sku(tx)).get(program.pack_sku)
            if other is not None and other.program_id != program.program_id:
                raise invalid("program.pack_sku", "must not be another programme's")
        await store.put(tx, program, self._clock())
        return program

    async def sell(self, tx: Tx, program_id: str, member_id: str, location_id: str, order_id: str | None) -> Pack:
        """A member bought a pack."""
        await members.require_member(tx, member_id)
        member_id = (await points.lock_meant(tx, [member_id]))[0][member_id]
        program = await store.find(tx, program_id)
        if program is None or not program.active:
            raise domain.ProgramUnknown("no such programme is sold", field="program_id", program_id=program_id)
        if program.pack_sku:
            message = f"it is sold by lines of {program.pack_sku}, which say what it costs"
            raise domain.SoldByLine(message, program_id=program_id, sku=program.pack_sku)
        now = self._clock()
        ends = now + timedelta(days=program.valid_days)
        pack = Pack(
            uuid7(), program_id, member_id, location_id, order_id, program.units, program.price, program.list_price,
            program.invoice_timing, now, ends, refund_to=program.refund_to,
        )  # fmt: skip
        await self.make(tx, pack, program)
        return pack

    async def make(self, tx: Tx, pack: Pack, program: Program) -> None:
        """A pack is there from here on, with its units; the buyer is locked."""
        await store.sell(tx, pack)
        terms = Terms(
            program.name, sku=program.sku, upgrade_skus=program.upgrade_skus,
            unit_value=program.list_price if program.upgrade_skus else 0,
        )  # fmt: skip
        sold, ends = pack.sale_time, pack.expire_time
        lot = posting.new(uuid7(), pack.buyer_id, Kind.PREPAID, pack.pack_id, sold, ends, terms)
        await posting.issue(tx, [(lot, pack.units)], Why(pack.pack_id, sold, "SALE", pack.order_id, pack.location_id))

    async def redeem(self, tx: Tx, member_id: str, use: Use, location_id: str) -> Lot:
        """Over the counter, at whichever store."""
        member_id = (await points.lock_meant(tx, [member_id]))[0][member_id]
        if await wallet.frozen(tx, member_id):
            raise value.Frozen("nothing of this member's can be spent before a person has looked", member_id=member_id)
        await holding.spend_now(tx, uuid7(), member_id, use, self._clock(), location_id)
        return (await lots.lock(tx, [use.ref]))[use.ref]

    async def gift(self, tx: Tx, member_id: str, lot_id: str, units: int, recipient_id: str) -> Lot:
        """A part of a pack becomes somebody else's; its end stays the buyer's matter."""
        await members.require_member(tx, recipient_id)
        meant = (await points.lock_meant(tx, [member_id, recipient_id]))[0]
        giver, now = meant[member_id], self._clock()
        if await wallet.frozen(tx, giver):
            raise value.Frozen("nothing of this member's can be given before a person has looked", member_id=giver)
        offered = await lots.offered(tx, [lot_id])
        ((lot, _, _),) = domain_taking.take(
            Use(Kind.PREPAID, lot_id, quantity=units, sku=offered[0].terms.sku if offered else ""), offered, giver, now
        )
        (pack,) = await store.lock(tx, [lot.source_id])
        program = await store.find(tx, pack.program_id)
        if program is None or not program.giftable or meant[recipient_id] == giver:
            raise value.Mismatch("its units cannot be given to this member", field="recipient_id", ref=lot_id)
        given = posting.new(
            uuid7(), meant[recipient_id], Kind.PREPAID, lot.source_id, now, lot.expire_time, lot.terms, lot.begin_time
        )
        await lots.issue(tx, [given])
        await posting.post(tx, _divided(lot, given, units, now))
        return (await lots.lock(tx, [lot_id]))[lot_id]

    async def end(self, tx: Tx, over: Sequence[Lot], now: datetime) -> None:
        """Ends packs: what nobody took is refunded to the buyer, less the taken units at their list price.

        While an order under way holds a unit, the pack waits for it.
        """
        for pack in await store.lock(tx, [lot.source_id for lot in over]):
            whole = await lots.of_source(tx, pack.pack_id)
            if any(lot.held for lot in whole):
                await posting.schedule(tx, [now + _AGAIN])
                continue
            await posting.expire(tx, [lot for lot in whole if lot.active and lot.over(now)], now)
            if pack.end_time is not None:
                continue
            back = domain.refund(pack.paid, pack.list_price, sum(lot.spent for lot in whole))
            await store.end(tx, pack.pack_id, back, now)
            if back:
                await self._refund(tx, pack, back, now)

    async def settle(self, tx: Tx, pack_id: str, reference: str) -> int:
        """Somebody paid a refund back; how much it was."""
        amount = await store_refunds.settle(tx, pack_id, reference, access.current().actor, self._clock())
        if amount is None:
            raise value.Unknown("nothing is owed for this pack", field="pack_id", ref=pack_id)
        return amount

    async def _refund(self, tx: Tx, pack: Pack, back: int, now: datetime) -> None:
        buyer = (await points.resolve(tx, [pack.buyer_id]))[pack.buyer_id]
        if pack.refund_to is RefundTo.CREDIT:
            await posting.credit(tx, buyer, back, None, Why(pack.pack_id, now, "PREPAID_REFUND"))
            return
        await store_refunds.owe(tx, pack.pack_id, back, now)
        await outbox.append(tx, wire.refund_due(pack, buyer, back, now))


def _divided(lot: Lot, given: Lot, units: int, now: datetime) -> list[ledger.Transfer]:
    why = Why(given.lot_id, now, "GIFT")
    out = ((lot.lot_id, Account.ACTIVE, -units), (lot.lot_id, Account.ISSUED, units))
    came = ((given.lot_id, Account.ISSUED, -units), (given.lot_id, Account.ACTIVE, units))
    received = Why(f"{given.lot_id}:received", now, "GIFT")
    return [
        ledger.transfer(Verb.DIVIDE, Kind.PREPAID, lot.member_id, -units, out, why),
        ledger.transfer(Verb.DIVIDE, Kind.PREPAID, given.member_id, units, came, received),
    ]
