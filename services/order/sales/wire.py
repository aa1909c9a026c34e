"""A frame of the lane SALES as order's rows and as the facts that everybody hears, read in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kit import fields
from omo.order.v1 import order_facts_pb2, order_pb2
from omo.order.v1 import sales_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import channel_pb2, trade_pb2
from services.order.invoices import wire_buyer
from services.order.invoices.wire_buyer import Stated
from services.order.returns.domain_till import TakenBack
from services.order.sales import domain, wire_later, wire_readable, wire_returned, wire_spends
from services.order.sales.domain import NAMELESS, Finding, Flag, Named, Run
from services.order.sales.wire_later import Later

_CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT
_METHODS: dict[int, str] = {
    trade_pb2.FULFILMENT_METHOD_UNSPECIFIED: "CARRY_OUT",
    trade_pb2.FULFILMENT_METHOD_CARRY_OUT: "CARRY_OUT",
    trade_pb2.FULFILMENT_METHOD_COLLECT: "COLLECT",
    trade_pb2.FULFILMENT_METHOD_SHIP: "SHIP",
}
_OTHER = trade_pb2.TENDER_KIND_OTHER
_TENDERS: dict[int, str] = {
    number: name.removeprefix("TENDER_KIND_") for name, number in trade_pb2.TenderKind.items() if number
}
_Facts = order_facts_pb2.OrderFacts
_Discount = order_pb2.Discount
_UnitRun = order_pb2.UnitRun


@dataclass(frozen=True, slots=True)
class Till:
    """Where a frame comes from, and what the brand says of all its sales."""

    terminal_id: str
    location_id: str
    currency: str
    earn_without_tax: bool
    now: datetime
    shipping: Mapping[str, int] = field(default_factory=dict)
    """The brand's ways to ship, with their priorities."""


@dataclass(slots=True)
class Sale:
    """One sale, read: its facts, and the columns of its rows."""

    sequence: int
    payload: bytes
    order_id: str
    business_time: datetime
    facts: Any
    named: Named
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    tenders: list[tuple[Any, ...]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    cashier: str = ""
    external_id: str = ""
    offline: bool = False
    invoice: Stated | None = None
    later: Later | None = None
    """What of it is not carried out, and how that goes."""
    tryout_id: str = ""
    taken_back: TakenBack | None = None


def sales(frame: facts_pb2.SalesFrame, payloads: Sequence[bytes], till: Till) -> list[Sale]:
    """The frame's sales; raises on the first field that cannot be read."""
    first = frame.first_sequence
    return [
        _sale(f"frame.facts[{place}]", fact, first + place, payloads[place], till)
        for place, fact in enumerate(frame.facts)
    ]


def _sale(where: str, fact: facts_pb2.SaleFact, sequence: int, payload: bytes, till: Till) -> Sale:
    wire_readable.check_head(where, fact)
    order_id = fields.identifier(f"{where}.sale_id", fact.sale_id)
    member_id = fields.identifier(f"{where}.member_id", fact.member_id) if fact.member_id else None
    told = wire_readable.moment(f"{where}.business_time", fact, till.now)
    moment = told or till.now
    named = Named(till.location_id, fact.channel_id, member_id, fact.rules_version)
    facts = _Facts(
        order_id=order_id,
        order_no=fact.receipt_no,
        channel_kind=channel_pb2.CHANNEL_KIND_STORE,
        channel_id=fact.channel_id,
        location_id=till.location_id,
        member_id=member_id or "",
        business_time=fields.timestamp(moment),
        currency_code=fact.currency_code or till.currency,
        tax_included=fact.tax_included,
        terminal_id=till.terminal_id,
        catalogue_version=fact.catalogue_version,
        price_list_version=fact.price_list_version,
        rules_version=fact.rules_version,
    )
    sale = Sale(sequence, payload, order_id, moment, facts, named)
    if told is None:
        sale.findings.append(Finding(Flag.CLOCK_WRONG, f"{fact.business_time.seconds} s"))
    sale.cashier, sale.external_id, sale.offline = fact.cashier_staff_code, fact.external_id, fact.offline
    if sale.cashier:
        named.staff_codes.add(sale.cashier)
    _add_lines(f"{where}.lines", sale, fact, till)
    _add_tenders(f"{where}.tenders", sale, fact)
    _add_rest(where, sale, fact, till)
    _settle(sale, till)
    return sale


def _add_rest(where: str, sale: Sale, fact: facts_pb2.SaleFact, till: Till) -> None:
    """What most sales have none of."""
    if fact.HasField("invoice"):
        sale.invoice = wire_buyer.stated(fact.invoice)
    if fact.HasField("returned"):
        place = (till.terminal_id, till.location_id)
        sale.taken_back = wire_returned.taken_back(f"{where}.returned", fact, sale.order_id, place, sale.business_time)
    if fact.spends:
        wire_spends.add(sale.facts, fact.spends, sale.lines)
    if sale.later:
        wire_later.tell(sale.facts, sale.later, fact, till.shipping, till.now)
    if fact.tryout_id:
        sale.tryout_id = sale.facts.hold_id = fields.identifier(f"{where}.tryout_id", fact.tryout_id)


def _add_lines(where: str, sale: Sale, fact: facts_pb2.SaleFact, till: Till) -> None:
    """One pass: each line is checked, split, stored and told."""
    facts, named, seen = sale.facts, sale.named, set[int]()
    included, place, cashier = facts.tax_included, till.location_id, sale.cashier
    listed_sum = net_sum = tax_sum = 0
    for line in fact.lines:
        number, quantity, by_measure = line.line_no, line.quantity, line.by_measure
        listed, net, tax, discounts = line.list_total, line.net_total, line.tax_total, line.discounts
        wire_readable.check_line(where, line, seen)
        seen.add(number)
        amounts = [each.amount for each in discounts] if discounts else ()
        runs = domain.runs(quantity, by_measure, listed, net, tax, amounts, included)
        sku, seller = line.sku or line.barcode or NAMELESS, line.seller_staff_code or cashier
        method = line.method or _CARRY_OUT
        base = domain.earn_base(net, tax, included, till.earn_without_tax)
        told = [_Discount(rule_id=e.rule_id, rule_version=e.rule_version, stage=e.stage, amount=e.amount)
                for e in discounts] if discounts else None  # fmt: skip
        facts.lines.add(
            line_no=number, sku=sku, quantity=quantity, by_measure=by_measure, list_total=listed, net_total=net,
            tax_total=tax, discounts=told, units=_units(runs, told), method=method, fulfilment_location_id=place,
            seller_staff_code=seller, earn_base=base, lots=line.lots, gift_card_id=line.gift_card_id,
        )  # fmt: skip
        text = wire_readable.encode([(e.rule_id, e.rule_version, e.stage, e.amount) for e in told]) if told else "[]"
        sale.lines.append(
            (number, sku, quantity, by_measure, listed, net, tax, base, text, _runs(runs), _METHODS[method], seller)
        )
        listed_sum, net_sum, tax_sum = listed_sum + listed, net_sum + net, tax_sum + tax
        named.skus.add(sku)
        if told or method != _CARRY_OUT or seller != cashier or listed < 0 or net < 0 or quantity < 0:
            _note(sale, fact, line, seller, method)
    facts.list_total, facts.discount_total, facts.tax_total = listed_sum, listed_sum - net_sum, tax_sum
    facts.grand_total = net_sum + (0 if included else tax_sum)


def _note(sale: Sale, fact: facts_pb2.SaleFact, line: facts_pb2.SaleLine, seller: str, method: int) -> None:
    """What is not on every line."""
    sale.named.staff_codes.update({seller} - {""})
    sale.named.rule_ids.update(each.rule_id for each in line.discounts if each.rule_version)
    if line.list_total < 0 or line.net_total < 0 or line.quantity < 0:
        sale.findings.append(Finding(Flag.NEGATIVE_LINE, f"line {line.line_no}"))
    if method == _CARRY_OUT:
        return
    place = wire_later.place(fact, line)
    if place is None:
        sale.findings.append(Finding(Flag.NOT_CARRIED_OUT, f"line {line.line_no}"))
        return
    sale.later = sale.later or Later()
    sale.later.places[line.line_no] = sale.facts.lines[-1].fulfilment_location_id = place


def _add_tenders(where: str, sale: Sale, fact: facts_pb2.SaleFact) -> None:
    for number, tender in enumerate(fact.tenders, 1):
        wire_readable.check_tender(where, number - 1, tender)
        kind = tender.kind if tender.kind in _TENDERS else _OTHER
        sale.facts.tenders.add(kind=kind, amount=tender.amount)
        sale.tenders.append((number, _TENDERS[kind], tender.amount, tender.reference))


def _settle(sale: Sale, till: Till) -> None:
    paid = sum(amount for _, _, amount, _ in sale.tenders)
    owed = sale.facts.grand_total
    if paid != owed:
        sale.findings.append(Finding(Flag.TENDERS_DIFFER, f"{paid} for {owed}"))
    if sale.facts.currency_code != till.currency:
        sale.findings.append(Finding(Flag.FOREIGN_CURRENCY, sale.facts.currency_code))


def _units(runs: tuple[Run, ...], rules: Sequence[Any] | None) -> list[Any] | None:
    if not runs:
        return None
    told, first = [], 0
    for last, listed, net, tax, shares in runs:
        run = _UnitRun(first=first, last=last, list_amount=listed, net_amount=net, tax_amount=tax)
        for rule, share in zip(rules or (), shares, strict=True):
            if share:
                run.discounts.add(rule_id=rule.rule_id, rule_version=rule.rule_version, stage=rule.stage, amount=share)
        told.append(run)
        first = last + 1
    return told


def _runs(runs: tuple[Run, ...]) -> str:
    """As order_lines keeps them: no rule of a till's sale is paid with points."""
    if not runs:
        return "[]"
    if len(runs) == 1 and not runs[0][4]:
        last, listed, net, tax, _ = runs[0]
        return f"[[{last},{listed},{net},{tax},0,[]]]"
    return f"[{','.join(f'[{last},{listed},{net},{tax},0,{list(shares)}]' for last, listed, net, tax, shares in runs)}]"


def answer(durable_ack: int, resend_from: int | None, conflicts: list[int]) -> pb.RecordSalesResponse:
    """Ack, resend, conflict: there is no other answer."""
    given = facts_pb2.LaneAnswer(durable_ack=durable_ack, resend_from=resend_from or 0, conflicts=conflicts)
    return pb.RecordSalesResponse(answer=given)
