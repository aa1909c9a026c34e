"""Packs that lines of orders sell: made with the sale at what the line cost, taken back with its return."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kit.postgres import Tx
from services.member.points import store as points
from services.member.prepaid import domain_lines, store, store_lines
from services.member.prepaid.domain import Pack, Program
from services.member.prepaid.domain_lines import BackPack, Ended, SoldPack
from services.member.prepaid.usecases import Prepaid
from services.member.value import posting
from services.member.value import store as lots
from services.member.value.domain import Account, Verb
from services.member.value.ledger import Why
from services.member.wallet import store_parts as orders

CANCELLED = "ORDER_CANCELLED"


class Selling:
    """A sale is a fact: one of packs that are not offered any more, or to nobody known, is kept all the same."""

    def __init__(self, prepaid: Prepaid) -> None:
        self._prepaid = prepaid

    async def programs(self, tx: Tx) -> Mapping[str, Program]:
        """Those that are sold by lines, by the good of the line."""
        return await store.by_pack_sku(tx)

    async def sold(self, tx: Tx, units: Sequence[SoldPack], programs: Mapping[str, Program]) -> list[Ended]:
        """Makes what these units sell; answers for those that came back before they were heard of."""
        buyers = {one.member_id for one in units if one.member_id}
        meant = (await points.lock_meant(tx, buyers))[0] if buyers else {}
        ended = []
        for one in sorted(units, key=lambda one: one.place):
            if await orders.is_ended(tx, one.order_id):
                continue
            before = await store_lines.sold(tx, one)
            if before and one.member_id:
                ended.append(Ended(one.order_id, before, one.pack_id, one.member_id, 0, 0, one.moment))
            elif before == "" and one.member_id:
                await self._prepaid.make(tx, _pack(one, meant[one.member_id], programs[one.sku]), programs[one.sku])
        return [one for one in ended if one.refund_id != domain_lines.UNITS_CANCELLED]

    async def came_back(self, tx: Tx, units: Sequence[BackPack], programs: Mapping[str, Program]) -> list[Ended]:
        """Takes what is left off the packs that these units had sold."""
        known = await store_lines.known(tx, [one.order_id for one in units])
        ended = []
        for one in sorted(units, key=lambda one: one.place):
            if (one.place not in known and one.sku not in programs) or not await store_lines.back(tx, one):
                continue
            pack_id = known.get(one.place)
            if pack_id is not None:
                ended.append(await self._take_back(tx, one, pack_id))
        return [one for one in ended if one.refund_id]

    async def cancel(self, tx: Tx, order_id: str, moment: datetime) -> None:
        """An order ended: what it sold ends too."""
        for place, pack_id in sorted((await store_lines.known(tx, [order_id])).items()):
            if pack_id is not None:
                await self._void(tx, pack_id, CANCELLED, moment)
                await store_lines.back(tx, BackPack(*place, "", CANCELLED, "", moment))

    async def _take_back(self, tx: Tx, one: BackPack, pack_id: str) -> Ended:
        pack, left, redeemed = await self._void(tx, pack_id, one.key, one.moment)
        owing = domain_lines.owed(pack, redeemed)
        return Ended(one.order_id, one.refund_id, pack_id, one.member_id, left, owing, one.moment)

    async def _void(self, tx: Tx, pack_id: str, key: str, moment: datetime) -> tuple[Pack, int, int]:
        """Ends what nobody has taken; an order under way keeps what it holds, as if it were taken."""
        (pack,) = await store.lock(tx, [pack_id])
        whole = await lots.of_source(tx, pack_id)
        live = [lot for lot in whole if lot.active]
        for lot in live:
            why = Why(f"{lot.lot_id}:{key}", moment, "TAKEN_BACK", pack.order_id)
            await posting.move(tx, Verb.ADJUST, [(lot, lot.active)], Account.ACTIVE, Account.VOID, why)
        await store_lines.taken_back(tx, pack_id, key, moment)
        return pack, sum(lot.active for lot in live), sum(lot.spent + lot.held for lot in whole)


def _pack(one: SoldPack, buyer_id: str, program: Program) -> Pack:
    """At what the line cost: its breakage, its refund and what stores owe each other for it follow from that."""
    ends = one.moment + timedelta(days=program.valid_days)
    return Pack(
        one.pack_id, program.program_id, buyer_id, one.location_id, one.order_id, program.units, one.paid,
        program.list_price, program.invoice_timing, one.moment, ends, refund_to=program.refund_to, line_no=one.line_no,
    )  # fmt: skip
