"""Deciding credit: for new sales, again when a late fact changes the answer, and back when a sale is undone."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from kit import access, outbox
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from services.attribution.binding import domain as binding
from services.attribution.binding import serving
from services.attribution.binding import store as bindings
from services.attribution.binding.tokens import StaffTokens
from services.attribution.credit import domain, ledger, store, store_sales, store_units, wire
from services.attribution.credit.domain import Credit, Known, Step
from services.attribution.credit.domain_sales import Run, Sale
from services.attribution.panorama import domain as panorama
from services.attribution.panorama import store as cells

CANCELLED = "ORDER_CANCELLED"
LATE_FACT = "LATE_FACT"

Parts = list[dict[panorama.Cell, panorama.Delta]]


class Credits:
    """The credit ledger and the panorama that follows from it."""

    def __init__(self, db: Database, clock: Clock, policy: binding.Policy, tokens: StaffTokens, zone: ZoneInfo) -> None:
        self._db = db
        self._clock = clock
        self._policy = policy
        self._tokens = tokens
        self._zone = zone

    async def record(self, tx: Tx, sales: Sequence[Sale]) -> None:
        """Credits the lines of new sales; sales that were seen before are left as they are."""
        standing = await store_sales.insert(tx, sales)
        known = await self._known(tx, standing)
        gone = await store_units.of_orders(tx, [sale.order_id for sale in standing])
        now = self._clock()
        entries: list[Credit] = []
        parts: Parts = []
        for sale in standing:
            first = ledger.first(sale, known[sale.order_id], uuid7)
            runs = gone.get(sale.order_id, [])
            cuts, left = ledger.cut({credit.line_no: credit for credit in first}, runs, now, uuid7)
            entries += [*first, *cuts]
            parts += self._counted(sale.without(runs), left.values())
        await self._post(tx, entries, parts)
        await outbox.append(tx, *wire.settled([run for runs in gone.values() for run in runs], now))

    async def return_units(self, tx: Tx, runs: Sequence[Run]) -> None:
        """Mirrors the credits of units that came back; answers once their sale is known, and again if asked again."""
        await self.cancel_units(tx, runs)
        known = await store.known(tx, {run.order_id for run in runs})
        await outbox.append(tx, *wire.settled([run for run in runs if run.order_id in known], self._clock()))

    async def cancel_units(self, tx: Tx, runs: Sequence[Run]) -> None:
        """Takes back the credits of units that nobody will hand over; also before their sale was heard of."""
        now = self._clock()
        entries: list[Credit] = []
        parts: Parts = []
        for order_id in sorted({run.order_id for run in runs}):
            standing = await store_units.touch(tx, order_id)
            fresh = await store_units.insert(tx, [run for run in runs if run.order_id == order_id])
            if not (standing and fresh):
                continue
            sale = await self._locked(tx, order_id)
            had = (await store.live(tx, [order_id])).get(order_id, {})
            known = (await store_units.of_orders(tx, [order_id]))[order_id]
            cuts, left = ledger.cut(had, fresh, now, uuid7)
            entries += cuts
            before = sale.without([run for run in known if run not in fresh])
            parts += [*self._counted(before, had.values(), -1), *self._counted(sale.without(known), left.values())]
        await self._post(tx, entries, parts)

    async def claim(self, tx: Tx, sales: Sequence[Sale]) -> None:
        """Gives sales that were nobody's to members; one that was not heard of yet comes as theirs."""
        await self.record(tx, sales)
        claimed = {sale.order_id: sale.member_id for sale in sales if sale.member_id}
        await self.redecide(tx, await store_sales.claim(tx, claimed))

    async def redecide(self, tx: Tx, member_ids: Iterable[str]) -> None:
        """Decides the members' sales again after a fact about them arrived; what stays the same stays untouched."""
        sales = await self._without(tx, await store.sales_of(tx, member_ids))
        known = await self._known(tx, sales)
        live = await store.live(tx, [sale.order_id for sale in sales])
        now = self._clock()
        entries: list[Credit] = []
        parts = []
        for sale in sales:
            had = live.get(sale.order_id, {})
            changed = ledger.redecide(sale, known[sale.order_id], had, now, uuid7, LATE_FACT)
            if not changed:
                continue
            entries += changed
            after = {**had, **{credit.line_no: credit for credit in changed if credit.mirror_of is None}}
            parts.append(panorama.driven(sale, had.values(), self._zone, -1))
            parts.append(panorama.driven(sale, after.values(), self._zone))
        await self._post(tx, entries, parts)

    async def undo(self, tx: Tx, order_ids: Iterable[str]) -> None:
        """Takes back all credits of orders that will not be fulfilled; also before their sale was heard of."""
        now = self._clock()
        entries: list[Credit] = []
        parts: Parts = []
        for order_id in sorted(set(order_ids)):
            if not await store.cancel(tx, order_id):
                continue
            (sale,) = await self._without(tx, [await self._locked(tx, order_id)])
            had = (await store.live(tx, [order_id])).get(order_id, {})
            left = {line.line_no for line in sale.lines if line.stands}
            entries += [ledger.mirror(had[line_no], now, uuid7, CANCELLED) for line_no in had if line_no in left]
            parts += self._counted(sale, had.values(), -1)
        await self._post(tx, entries, parts)

    async def explain(self, order_id: str, line_no: int) -> tuple[list[Credit], list[Step]]:
        """The entries of a line and every step of its resolution."""
        async with self._db.read() as tx:
            sale = await store.sale(tx, order_id)
            line = next((line for line in sale.lines if line.line_no == line_no), None) if sale else None
            if sale is None or line is None:
                raise domain.LineUnknown("no such order line", order_id=order_id, line_no=line_no)
            known = await self._known_unlocked(tx, [sale])
            entries = [credit for credit in await store.of_orders(tx, [order_id]) if credit.line_no == line_no]
        return entries, domain.questions(sale, line, known[order_id])

    async def _locked(self, tx: Tx, order_id: str) -> Sale:
        """A sale whose row the caller has locked, and its member: nobody decides it again meanwhile."""
        sale = await store.sale(tx, order_id)
        assert sale is not None, "its row said that it is there"
        if sale.member_id:
            await bindings.lock_members(tx, [sale.member_id])
        return sale

    async def _without(self, tx: Tx, sales: Sequence[Sale]) -> list[Sale]:
        """What is left of sales without the units that nobody will hand over."""
        gone = await store_units.of_orders(tx, [sale.order_id for sale in sales])
        return [sale.without(gone.get(sale.order_id, ())) for sale in sales]

    def _counted(self, sale: Sale, entries: Iterable[Credit], sign: int = 1) -> Parts:
        """What a sale is in the panorama."""
        return [panorama.sold(sale, self._zone, sign), panorama.driven(sale, entries, self._zone, sign)]

    async def _known(self, tx: Tx, sales: Sequence[Sale]) -> dict[str, Known]:
        members = sorted({sale.member_id for sale in sales if sale.member_id})
        if members:
            await bindings.lock_members(tx, members)
        return await self._known_unlocked(tx, sales)

    async def _known_unlocked(self, tx: Tx, sales: Sequence[Sale]) -> dict[str, Known]:
        members = sorted({sale.member_id for sale in sales if sale.member_id})
        found = await serving.served(tx, members, self._policy)
        return {sale.order_id: self._what_is_known(sale, found) for sale in sales}

    def _what_is_known(self, sale: Sale, found: serving.Served) -> Known:
        if sale.member_id is None:
            return Known(self._link(sale), None, None)
        asked = (sale.member_id, sale.named_id or sale.member_id, sale.business_time)
        return Known(self._link(sale), found.by(*asked), found.enrolment(*asked))

    def _link(self, sale: Sale) -> binding.StaffToken | None:
        if not sale.staff_link_token:
            return None
        try:
            return self._tokens.verify(sale.staff_link_token, sale.business_time)
        except binding.TokenInvalid:
            return None

    async def _post(
        self, tx: Tx, entries: Sequence[Credit], parts: Sequence[dict[panorama.Cell, panorama.Delta]]
    ) -> None:
        await store.insert(tx, entries, access.current().actor)
        await cells.add(tx, panorama.total(parts))
        # only people need to be told; what a store or the brand is credited follows from the sale
        told = {credit.order_id for credit in entries if credit.basis <= domain.Basis.ENROLLING_STAFF}
        if told:
            versions = await store.next_versions(tx, sorted(told))
            chosen = [credit for credit in entries if credit.order_id in told]
            await outbox.append(tx, *wire.posted(chosen, versions, self._clock()))
