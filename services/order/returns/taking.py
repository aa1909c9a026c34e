"""Takes units back inside somebody's transaction: chosen, judged, received, refunded."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access
from kit.access import Kind
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout.domain import Line, Order
from services.order.fulfilment.domain_units import Run
from services.order.returns import (
    domain,
    domain_places,
    domain_units,
    eligibility,
    finding,
    matching,
    places,
    requalifying,
    store,
    store_policy,
)
from services.order.returns.domain import Disposition, Flag, Return, State
from services.order.returns.domain_places import DROP_POINT
from services.order.returns.domain_policy import Terms
from services.order.returns.domain_units import Asked, Wish
from services.order.returns.granting import Granting, Plan, Receipt
from services.order.serials import domain as domain_serials
from services.order.serials.domain import Known

Chosen = list[tuple[Line, Run, Disposition]]


class Taking:
    """The one way in, for whoever has a transaction: returns by themselves, and exchanges."""

    def __init__(self, clock: Clock, granting: Granting) -> None:
        self._clock = clock
        self._granting = granting

    async def look(self, tx: Tx, wish: Wish) -> tuple[Order, Return, Plan]:
        """What a return would be; nothing is written."""
        order = await finding.order(tx, wish.order)
        terms = await store_policy.newest(tx)
        left = await self._known(tx, order, wish)
        found = await self.chosen(tx, order, wish.units, left)
        goods = await eligibility.goods_of(tx, order, found)
        flags = await eligibility.flags(tx, order, found, goods, terms, self._clock())
        claims = domain_units.said(wish.units, found, left)
        match = await matching.match(tx, order, found, claims, left, eligibility.asking(goods))
        flags += [Flag.SERIAL_MISMATCH] * bool(match.wrong)
        given = self._new(order, wish, found, flags)
        return order, given, await self._granting.plan(tx, order, given, terms, Receipt(False))

    async def take(self, tx: Tx, wish: Wish, how: Receipt | None = None) -> Return:
        """Asks for units, and receives and refunds them in the same step where the wish says that they are here.

        `how` says what an exchange keeps of the money; without it staff and tills hand money out. Refuses what may
        not come back. The order's returns are locked until the transaction ends.
        """
        if wish.received and access.current().kind is Kind.MEMBER:
            raise access.Denied("shoppers cannot say that goods were received", field="received")
        kind = await places.takes(tx, wish.location_id)
        order = await finding.order(tx, wish.order)
        await store.lock_order(tx, order.order_id)
        order = await finding.by_id(tx, order.order_id)  # somebody may have claimed it meanwhile
        terms = await store_policy.newest(tx)
        places.announced(kind, wish.location_id, terms, counter=how is not None)
        trusted, said = eligibility.trusted(kind), [one.disposition for one in wish.units]
        domain_places.decidable(kind, wish.location_id, "units.disposition", said, trusted=trusted)
        left = await self._known(tx, order, wish)
        found = await self.chosen(tx, order, wish.units, left)
        goods = await eligibility.goods_of(tx, order, found)
        flags = await eligibility.decide(tx, order, found, goods, terms, wish, self._clock(), trusted=trusted)
        claims = domain_units.said(wish.units, found, left)
        match = await matching.match(tx, order, found, claims, left, eligibility.asking(goods))
        doubts = eligibility.matches(match, wish.serial_reason, here=wish.received, trusted=trusted)
        given = self._new(order, wish, found, list(dict.fromkeys([*flags, *doubts])))
        if not wish.received:
            await requalifying.dearer(tx, order, given, terms)  # refuses what could not be received so
            return await self._insert(tx, given, wish)
        given = matching.with_serials(here(given, kind), match)
        eligibility.within_cap(terms, match.amount if wish.verified else given.amount, trusted=trusted)
        given = await self._insert(tx, given, wish)
        await matching.bring(tx, given, match)
        granted = await self.grant(tx, order, given, terms, how, kind)
        if granted != given:
            granted = replace(granted, version=granted.version + 1)
            await store.change(tx, granted, "GRANTED", "", access.current().actor)
        return granted

    async def _insert(self, tx: Tx, given: Return, wish: Wish) -> Return:
        """Writes a new return, and why somebody took it although its serials do not fit."""
        await store.insert(tx, given, access.current().actor)
        if Flag.SERIAL_MISMATCH in given.flags:
            given = replace(given, version=given.version + 1)
            await store.change(tx, given, Flag.SERIAL_MISMATCH, wish.serial_reason, access.current().actor)
        return given

    async def _known(self, tx: Tx, order: Order, wish: Wish) -> Known:
        return await matching.known(tx, order.order_id, asked=any(one.serials for one in wish.units))

    async def came(
        self, tx: Tx, order: Order, given: Return, asked: Sequence[Asked], serial_reason: str, terms: Terms,
        *, trusted: bool,
    ) -> Return:  # fmt: skip
        """A return with those of its units that are here, each the one that left; the caller writes it."""
        at = self._clock()
        lines = {line.line_no: line for line in order.lines}
        found = [(lines[one.line_no], (one.first, one.last), one.disposition) for one in given.units]
        left = await matching.known(tx, order.order_id, asked=bool(given.asking))
        if asked:
            pinned = {line_no: [run for line, run, _ in found if line.line_no == line_no] for line_no in lines}
            mine = await self._brought(tx, order, given, asked, pinned, left, terms)
            hands = {line_no: [(run, at) for run in runs] for line_no, runs in mine.items()}
            found = domain_units.chosen(order, hands, [], asked, left)
            given = replace(given, units=tuple(domain_units.worth(order, found, at)))
        claims = domain_units.said(asked, found, left)
        match = await matching.match(tx, order, found, claims, left, given.asking)
        doubts = eligibility.matches(match, serial_reason, here=True, trusted=trusted)
        eligibility.within_cap(terms, match.amount, trusted=trusted)
        await matching.bring(tx, given, match)
        return matching.with_serials(replace(given, flags=tuple(dict.fromkeys([*given.flags, *doubts]))), match)

    async def _brought(
        self, tx: Tx, order: Order, given: Return, asked: Sequence[Asked], pinned: dict[int, list[Run]], left: Known,
        terms: Terms,
    ) -> dict[int, list[Run]]:  # fmt: skip
        """By line, the units that a return is about now that they are here: serials say which of his he brings.

        Only those that he could have asked for when he asked: others are for who may take what is late.
        """
        named = {one.line_no for one in asked if one.serials}
        lines = [line for line in order.lines if line.line_no in named and line.line_no in left]
        if not lines:
            return pinned
        hands = await finding.hands(tx, order)
        others = [one for one in await store.of_order(tx, order.order_id) if one.state is not State.CANCELLED]
        found = dict(pinned)
        for line in lines:
            number = line.line_no
            gone = [(u.first, u.last) for each in others for u in each.units if u.line_no == number]
            his = await eligibility.in_time(tx, order, line, hands.get(number, ()), terms, given.business_time)
            said = [one for one in asked if one.line_no == number]
            found[number] = domain_serials.brought(
                pinned.get(number, []),
                domain_units.free(his, gone),
                {serial for one in said for serial in one.serials},
                {unit for one in said if one.first is not None for unit in range(one.first, one.first + one.quantity)},
                left[number],
            )
        return found

    async def grant(
        self, tx: Tx, order: Order, given: Return, terms: Terms, how: Receipt | None = None, kind: str = ""
    ) -> Return:
        """Refunds units that are here, at a place of a kind; the caller holds the order's returns and writes this one.

        A drop point hands no money out: what nobody else moves waits for a till.
        """
        till = access.current().kind in (Kind.STAFF, Kind.DEVICE) and kind != DROP_POINT
        receipt = how or Receipt(till, terms.withhold)
        if Flag.WAIVED in given.flags:
            receipt = replace(receipt, free=True)
        return await self._granting.grant(tx, order, given, terms, receipt)

    async def chosen(self, tx: Tx, order: Order, asked: Sequence[Asked], left: Known) -> Chosen:
        """The units that are meant; all that can be returned where none is named."""
        hands = await finding.hands(tx, order)
        others = [one for one in await store.of_order(tx, order.order_id) if one.state is not State.CANCELLED]
        if asked:
            return domain_units.chosen(order, hands, others, asked, left)
        return domain_units.everything(order, hands, others)

    def _new(self, order: Order, wish: Wish, found: Chosen, flags: Sequence[Flag]) -> Return:
        now = self._clock()
        units = tuple(domain_units.worth(order, found, now))
        return Return(
            uuid7(), order.order_id, order.order_no, State.REQUESTED, wish.location_id, wish.reason, units, now, now,
            tuple(flags), wish.as_credit, wish.exchange_order_id,
        )  # fmt: skip


def here(given: Return, kind: str = "") -> Return:
    """Whatever nobody said anything about is for sale again; at a drop point it waits until somebody has looked."""
    trusted = eligibility.trusted(kind)
    units = tuple(
        replace(one, disposition=domain_places.received(kind, one.disposition, trusted=trusted)) for one in given.units
    )
    return replace(given, units=units, state=domain.inspected(units))
