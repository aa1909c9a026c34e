"""First part: a stranger comes into the store, is enrolled, and goes out with three coats."""

from collections.abc import Sequence
from typing import Any

from cli.demo import brand
from cli.demo.brand import LIN, StaffMember
from cli.demo.counter import Counter
from cli.demo.stage import dollars, expect, until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.order.v1 import order_service_pb2 as order_pb
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import till_service_pb2 as pb
from omo.type.v1 import spend_pb2, trade_pb2

COATS = ("COAT-CAMEL-M", "COAT-CAMEL-L", "COAT-CHARCOAL-M")
WISH = "TROUSERS-NAVY-32"
# 12,800 + 12,800 + 13,800, with 5 % tax inside each: 610 + 610 + 657
SALE_TOTAL, SALE_TAX = 39_400, 1_877
_CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT
_PAYS = {
    spend_pb2.SPEND_KIND_CREDIT: trade_pb2.TENDER_KIND_STORE_CREDIT,
    spend_pb2.SPEND_KIND_GIFT_CARD: trade_pb2.TENDER_KIND_GIFT_CARD,
    spend_pb2.SPEND_KIND_PREPAID: trade_pb2.TENDER_KIND_PREPAID,
}


async def play(tale: Tale) -> None:
    """Sign-in, enrolment, wish, quote, sale."""
    stage = tale.stage
    async with tale.counter(brand.STORE) as counter:
        staff = await counter.sign_in(LIN)
        expect("who signed in", (staff.staff_code, staff.display_name), (LIN.code, LIN.name))
        stage.step(brand.STORE, f"{LIN.code} {LIN.name} signs in on the till by her PIN")
        await _enrol(tale, counter)
        await _wish(tale, counter)
        quote = await _quote(tale, counter)
        await _sell(tale, counter, quote)


async def _enrol(tale: Tale, counter: Counter) -> None:
    shopper = tale.shopper
    asked = pb.EnrolMemberRequest(request_id=uuid7(), phone=shopper.phone, display_name=shopper.name)
    member = (await counter.ask(lambda till: till.EnrolMember, asked)).member
    expect("where he was enrolled", member.enrolled_location_id, brand.STORE)
    expect("by whom", member.enrolled_staff_code, LIN.code)
    expect("claimed", member.claimed, False)
    shown = [identifier.value for identifier in member.identifiers]
    if any(shopper.phone[-6:] in value.replace(" ", "") for value in shown):
        expect("the number on the till's screen", shown, "masked")
    tale.member_id = member.member_id
    tale.stage.step(brand.STORE, f"she enrols {member.display_name} by telephone; the till shows {', '.join(shown)}")


async def _wish(tale: Tale, counter: Counter) -> None:
    note = "size 32 is out on the floor"
    asked = pb.AddWishRequest(request_id=uuid7(), member_id=tale.member_id, sku=WISH, note=note)
    wish = (await counter.ask(lambda till: till.AddWish, asked)).wish
    expect("the wish's provenance", (wish.sku, wish.staff_code, wish.location_id), (WISH, LIN.code, brand.STORE))
    tale.stage.step(
        brand.STORE, f"he likes {WISH}: she puts them on his wish list, noted by {LIN.code} in {brand.STORE}"
    )


async def _quote(tale: Tale, counter: Counter) -> Any:
    asked = pb.QuoteRequest(request_id=uuid7(), member_id=tale.member_id, channel_id=brand.TILLS, lines=basket(*COATS))
    quote = (await counter.ask(lambda till: till.Quote, asked)).quote
    expect("three coats cost", quote.totals.grand_total.minor_units, SALE_TOTAL)
    expect("with tax inside", quote.totals.tax_total.minor_units, SALE_TAX)
    tale.stage.step(
        brand.STORE, f"three coats: {dollars(SALE_TOTAL)}, {dollars(SALE_TAX)} tax inside; no tier yet, no discount"
    )
    return quote


async def _sell(tale: Tale, counter: Counter, quote: Any) -> None:
    stage = tale.stage
    before = await shelf(tale, COATS)
    fact = sale(tale, quote, stage.now())
    await counter.record(fact)
    tale.sale_id, tale.receipt_no = fact.sale_id, fact.receipt_no
    stage.step(
        brand.STORE, f"receipt {fact.receipt_no}: the sale goes up the store stream and is acknowledged for good"
    )
    wanted = {sku: before[sku] - 1 for sku in COATS}
    await until("the coats leaving the shelf", lambda: shelf(tale, COATS), lambda found: found == wanted)
    stage.note(f"stock in {brand.STORE} follows from the sale: {', '.join(f'{sku} {wanted[sku]}' for sku in COATS)}")


def sale(tale: Tale, quote: Any, at: Any, by: StaffMember = LIN, member_id: str | None = None) -> facts.SaleFact:
    """The sale as the till records it: by the prices of its quote, paid by what that uses and the rest by card."""
    sale_id = uuid7()
    fact = facts.SaleFact(
        sale_id=sale_id,
        receipt_no=f"{by.location_id}-{sale_id[-12:].upper()}",
        channel_id=brand.TILLS,
        currency_code=brand.CURRENCY,
        tax_included=quote.totals.tax_included,
        member_id=tale.member_id if member_id is None else member_id,
        cashier_staff_code=by.code,
        catalogue_version=quote.catalogue_version,
        price_list_version=quote.price_list_version,
        rules_version=quote.rules_version,
        spends=quote.spends,
    )
    fact.business_time.FromDatetime(at)
    for line in quote.lines:
        kept = fact.lines.add(
            line_no=line.line_no,
            sku=line.sku,
            quantity=line.quantity,
            list_total=line.list_total.minor_units,
            net_total=line.net_total.minor_units,
            tax_total=line.tax_total.minor_units,
            method=_CARRY_OUT,
        )
        for given in line.discounts:
            kept.discounts.add(
                rule_id=given.rule_id, rule_version=given.rule_version, stage=given.stage, amount=given.amount
            )
    for used in quote.spends:
        if used.pays:
            fact.tenders.add(kind=_PAYS[used.kind], amount=used.pays)
    if due := quote.amount_due.minor_units:
        fact.tenders.add(kind=trade_pb2.TENDER_KIND_CARD_PRESENT, amount=due, reference="EDC 0042")
    return fact


def basket(*skus: str) -> list[order_pb.BasketLine]:
    """One of each, carried out."""
    return [order_pb.BasketLine(sku=sku, quantity=1, method=_CARRY_OUT) for sku in skus]


async def sold(tale: Tale, counter: Counter, by: StaffMember, member_id: str, skus: Sequence[str], *uses: Any) -> Any:
    """A sale that uses what the member holds: quoted, held under its own id, recorded; answers quote and fact."""
    asked = pb.QuoteRequest(
        request_id=uuid7(), member_id=member_id, channel_id=brand.TILLS, lines=basket(*skus), spends=uses
    )
    quote = (await counter.ask(lambda till: till.Quote, asked)).quote
    fact = sale(tale, quote, tale.stage.now(), by, member_id)
    if quote.spends:
        held = pb.HoldValueRequest(sale_id=fact.sale_id, member_id=member_id, spends=quote.spends)
        await counter.ask(lambda till: till.HoldValue, held)
    await counter.record(fact)
    return quote, fact


async def shelf(tale: Tale, skus: tuple[str, ...]) -> dict[str, int]:
    """What anybody can see to be had in the store."""
    found = await tale.web.get("/v1/availability", sku=list(skus), location=[brand.STORE])
    return {level["sku"]: level["available"] for level in found["levels"]}
