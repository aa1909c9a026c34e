"""Records what stores sold: nothing lost, nothing twice, nothing refused that can be read."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.message import Message

from kit import access, faultpoints, lanes, outbox
from kit.access import Kind
from kit.clock import Clock
from kit.postgres import Database, Tx
from omo.order.v1 import sales_service_pb2 as pb
from services.order.invoices import wire_buyer
from services.order.invoices.usecases_sold import SoldInvoices
from services.order.promotions.usecases_tills import TillUses, Used
from services.order.returns.till import TillReturns
from services.order.sales import domain, store, wire, wire_events, wire_readable, wire_spends
from services.order.sales.domain import Finding, Flag
from services.order.sales.store import Rows
from services.order.sales.usecases_later import Later
from services.order.sales.wire import Sale, Till
from services.order.serials import keeping
from services.order.serials import store as serials
from services.order.tryouts.usecases import Tryouts

LANE = "SALES"
_RULE_SETS = 64

faultpoints.register("sales.before_commit", "sales.after_commit")


class Sales:
    """The lane SALES."""

    def __init__(
        self, db: Database, currency: str, earn_without_tax: bool, clock: Clock, returns: TillReturns, later: Later,
        tryouts: Tryouts, invoices: SoldInvoices | None = None,
    ) -> None:  # fmt: skip
        self._db = db
        self._later = later
        self._tryouts = tryouts
        self._clock = clock
        self._returns = returns
        self._invoices = invoices
        self._currency = currency
        self._earn_without_tax = earn_without_tax
        self._tills = TillUses()
        # a published rule set never changes
        self._rules: dict[int, frozenset[str]] = {}

    async def record(self, request: pb.RecordSalesRequest) -> pb.RecordSalesResponse:
        """Stores a frame's sales, their events and the lane's position in one transaction."""
        frame = request.frame
        till = self._till(request)
        wire_readable.check_frame(frame)
        payloads = [fact.SerializeToString(deterministic=True) for fact in frame.facts]
        hashes = [hashlib.sha256(payload).digest() for payload in payloads]
        payloads = list(map(wire_buyer.bare, frame.facts, payloads))
        sales = wire.sales(frame, payloads, till)
        async with self._db.transaction() as tx:
            taken = await lanes.accept(tx, till.terminal_id, LANE, frame.first_sequence, hashes, payloads)
            if taken.fresh:
                await self.take(tx, till, [sales[place] for place in taken.fresh])
            faultpoints.hit("sales.before_commit")
        faultpoints.hit("sales.after_commit")
        conflicts = [frame.first_sequence + place for place in taken.conflicts]
        return wire.answer(taken.durable_ack, taken.resend_from, conflicts)

    def _till(self, request: pb.RecordSalesRequest) -> Till:
        """Whose frame it is: a device speaks for itself only, the store door for the device that it knows."""
        principal = access.current()
        terminal_id = request.terminal_id or principal.terminal_id
        if principal.kind is Kind.DEVICE:
            if terminal_id != (principal.terminal_id or principal.id):
                raise access.NotYours("no such terminal", field="terminal_id", terminal_id=terminal_id)
            access.require_location(request.location_id)
        wire_readable.check_till(terminal_id, request.location_id)
        return self.till(terminal_id, request.location_id)

    def till(self, terminal_id: str, location_id: str) -> Till:
        """Whose sales they are, and what the brand says of them."""
        shipping = self._later.shipping
        return Till(terminal_id, location_id, self._currency, self._earn_without_tax, self._clock(), shipping)

    async def take(self, tx: Tx, till: Till, fresh: list[Sale]) -> set[str]:
        """Stores sales that were not seen before, with all that follows from them; gives their ids."""
        first = {sale.order_id: sale for sale in reversed(fresh)}
        sales = [sale for sale in fresh if first[sale.order_id] is sale]
        await self._later.check(sales)
        await self._tryouts.look(tx, sales)
        titles = await self._look(tx, sales)
        events = wire_events.recorded(till.terminal_id, sales)
        actor = access.current().actor
        rows = _rows(sales, titles)
        stored, last = await store.insert(tx, rows, till.location_id, till.terminal_id, actor, len(events))
        if len(stored) < len(sales):
            sales = [sale for sale in sales if sale.order_id in stored]
            events = wire_events.recorded(till.terminal_id, sales)
        wire_events.number(events, last)
        await store.keep_spends(tx, wire_spends.documents(sale.facts for sale in sales))
        if self._invoices is not None:
            await self._invoices.take(tx, till, sales)
        flagged: list[Message] = [
            wire_events.flagged(sale, _flags(sale.findings), 1, till.location_id) for sale in sales if sale.findings
        ]
        kept = set(map(id, sales))
        twice = [await self._keep_aside(tx, till, sale) for sale in fresh if id(sale) not in kept]
        opened = await self._later.take(tx, sales)
        await self._tryouts.convert(tx, sales)
        await outbox.append(tx, *events, *flagged, *twice, *opened)
        await self._follow(tx, till, sales)
        return stored

    async def _follow(self, tx: Tx, till: Till, sales: Sequence[Sale]) -> None:
        """Units that came back and serials that left, one after the other as the till told them.

        Of one visit it is first what came back: it may be what leaves again.
        """
        back = [sale.taken_back for sale in sales if sale.taken_back]
        orders = iter(await self._returns.orders(tx, back) if back else ())
        twice, since = list[Message](), list[Sale]()
        for sale in sales:
            if sale.taken_back:
                twice += await self._keep_serials(tx, till, since)
                since = []
                await self._returns.take(tx, sale.taken_back, next(orders))
            since.append(sale)
        twice += await self._keep_serials(tx, till, since)
        if twice:
            await outbox.append(tx, *twice)

    async def _keep_serials(self, tx: Tx, till: Till, sales: Sequence[Sale]) -> list[Message]:
        """Which units left, as far as the till says so; a person looks at one that cannot have."""
        out = await keeping.sold(tx, (sale.facts for sale in sales))
        told: list[Message] = []
        for sale in sales:
            if again := out.get(sale.order_id):
                version = await serials.flag(tx, sale.order_id, Flag.SERIAL_TWICE, again, till.location_id)
                told.append(wire_events.flagged(sale, [Flag.SERIAL_TWICE], version, till.location_id))
        return told

    async def _look(self, tx: Tx, sales: Sequence[Sale]) -> dict[str, str]:
        """Flags what nobody has heard of; gives the known goods' names."""
        known, titles = await store.known(tx, domain.names(sale.named for sale in sales))
        for sale in sales:
            rules = await self._rules_of(tx, sale.named.rules_version)
            sale.findings += domain.unknown(sale.named, known, rules)
        await self._count(tx, sales)
        for sale in sales:
            if sale.findings:
                sale.facts.review_flags.extend(_flags(sale.findings))
        return titles

    async def _count(self, tx: Tx, sales: Sequence[Sale]) -> None:
        """What rules with a limit gave at tills counts towards it, and is told where that is passed."""
        ours = [sale for sale in sales if sale.named.rule_ids and domain.is_ours(sale.named.rules_version)]
        if not ours:
            return
        used = [
            Used(sale.order_id, sale.named.member_id, int(sale.named.rules_version), frozenset(sale.named.rule_ids))
            for sale in ours
        ]
        over = set(await self._tills.count(tx, used))
        for sale in ours:
            passed = sorted(rule for rule in sale.named.rule_ids if (sale.order_id, rule) in over)
            sale.findings += [Finding(Flag.RULE_OVERUSED, rule) for rule in passed]

    async def _rules_of(self, tx: Tx, version: str) -> frozenset[str] | None:
        if not domain.is_ours(version):
            return None
        number = int(version)
        found = self._rules.get(number)
        if found is None:
            found = await store.rule_ids(tx, number)
            if found is not None and len(self._rules) < _RULE_SETS:
                self._rules[number] = found
        return found

    async def _keep_aside(self, tx: Tx, till: Till, sale: Sale) -> Message:
        """The second sale under one id: kept whole, and a person is asked which of the two is wrong."""
        version = await store.keep_aside(
            tx, till.terminal_id, sale.sequence, sale.order_id, sale.payload, till.location_id
        )
        return wire_events.flagged(sale, [Flag.DUPLICATE_SALE], version, till.location_id)


def _flags(findings: Iterable[Finding]) -> list[Flag]:
    return list(dict.fromkeys(finding.flag for finding in findings))


def _rows(sales: Sequence[Sale], titles: dict[str, str]) -> Rows:
    numbered = list(enumerate(sales, 1))
    lines = [(number, *line, titles.get(line[1], "")) for number, sale in numbered for line in sale.lines]
    tenders = [(number, *tender) for number, sale in numbered for tender in sale.tenders]
    reviews = [
        (number, finding.flag, finding.subject) for number, sale in numbered for finding in dict.fromkeys(sale.findings)
    ]
    heads = [_head(sale) for sale in sales]
    return Rows(_columns(heads, 18), _columns(lines, 14), _columns(tenders, 5), _columns(reviews, 3))


def _head(sale: Sale) -> tuple[Any, ...]:
    facts = sale.facts
    return (
        sale.order_id, facts.order_no, facts.channel_id, sale.named.member_id, sale.business_time, facts.currency_code,
        facts.tax_included, facts.list_total, facts.discount_total, facts.tax_total, facts.grand_total,
        facts.catalogue_version, facts.price_list_version, facts.rules_version, sale.cashier, sale.external_id,
        sale.offline, ",".join(_flags(sale.findings)),
    )  # fmt: skip


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * count
