"""A sale that is paid in every way: what its buyer holds before, and what two of the staff sell him."""

from collections.abc import Mapping

from cli.demo import brand, cups, offers
from cli.demo.brand import CHANG, LIN, WANG
from cli.demo.counter import Counter
from cli.demo.offers import CUP, CUP_PRICE, CUPS, THANKS
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import till_service_pb2 as pb
from omo.type.v1 import invoice_pb2, spend_pb2, trade_pb2
from tests.journeys import invoicing

_KINDS = trade_pb2.TenderKind
SHIRT, SHIRTS, PRICE = "SHIRT-WHITE-L", 3, 1_680
ELSEWHERE = CHANG.location_id
POINTS, CREDIT = 300, 1_000
OFF, THANKED = 504, 100
NET = SHIRTS * PRICE - OFF - THANKED
DRINKS = 2 * CUP_PRICE
TOTAL = NET + DRINKS
CARD = TOTAL - DRINKS - CREDIT - POINTS
# the shirts' net amount over three units, and what the sale earned: on what neither points nor cups had paid
FIRST, OTHERS = 1_478, 2_958
EARNED, EARNED_FIRST = 413, 140


async def holds(tale: Tale, counter: Counter) -> Mapping[str, str]:
    """Points, credit, a coupon and a pack: what he can pay with beside money."""
    member = f"/v1/hq/members/{tale.member_id}"
    await tale.hq.post(f"{member}/points", {"points": POINTS, "reason": "welcome"})
    await tale.hq.post(f"{member}/credit", {"amount": CREDIT, "reason": "goodwill"})
    await tale.hq.post(f"/v1/hq/coupon-campaigns/{offers.THANKS_CAMPAIGN}/issue", {"member_ids": [tale.member_id]})
    program = offers.PACK | {"program_id": uuid7()}  # of its own: what others' packs became is told by program
    await tale.hq.put("/v1/hq/prepaid/programs", {"program": program})
    pack = await cups.bought(tale, counter, program["program_id"])
    (coupon,) = [lot["lot_id"] for lot in (await cups.held(tale))["lots"] if lot["kind"] == "COUPON"]
    return {"pack": pack, "coupon": coupon}


async def sold(tale: Tale, counter: Counter, held: Mapping[str, str]) -> str:
    """Three shirts and two cups, by two of the staff: a line discount, a coupon, five ways to pay, his carrier."""
    sale_id = uuid7()
    fact = facts.SaleFact(
        sale_id=sale_id, receipt_no=f"TPE01-{sale_id[-12:].upper()}", channel_id=brand.TILLS,
        currency_code=brand.CURRENCY, tax_included=True, member_id=tale.member_id, cashier_staff_code=LIN.code,
    )  # fmt: skip
    fact.business_time.FromDatetime(tale.stage.now())
    shirts = fact.lines.add(
        line_no=1, sku=SHIRT, quantity=SHIRTS, list_total=SHIRTS * PRICE, net_total=NET, tax_total=NET * 5 // 105
    )
    shirts.discounts.add(rule_id="three-shirts", stage="line", amount=OFF)
    shirts.discounts.add(rule_id=THANKS, stage="order", amount=THANKED)
    fact.lines.add(
        line_no=2, sku=CUP, quantity=2, list_total=DRINKS, net_total=DRINKS, tax_total=DRINKS * 5 // 105,
        seller_staff_code=WANG.code,
    )  # fmt: skip
    fact.invoice.buyer.carrier_kind = invoice_pb2.CARRIER_KIND_MOBILE_BARCODE
    fact.invoice.buyer.carrier = invoicing.CARRIER["carrier"]
    for kind, amount in (("PREPAID", DRINKS), ("STORE_CREDIT", CREDIT), ("CARD_PRESENT", CARD), ("POINTS", POINTS)):
        fact.tenders.add(kind=_KINDS.Value(f"TENDER_KIND_{kind}"), amount=amount)
    fact.spends.add(kind=spend_pb2.SPEND_KIND_POINTS, amount=POINTS)
    fact.spends.add(kind=spend_pb2.SPEND_KIND_CREDIT, amount=CREDIT, pays=CREDIT)
    fact.spends.add(kind=spend_pb2.SPEND_KIND_COUPON, ref=held["coupon"], rule_id=THANKS)
    fact.spends.add(kind=spend_pb2.SPEND_KIND_PREPAID, ref=held["pack"], quantity=2, line_no=2, sku=CUP, pays=DRINKS)
    kept = pb.HoldValueRequest(sale_id=sale_id, member_id=tale.member_id, points=POINTS, spends=list(fact.spends)[1:])
    await counter.ask(lambda till: till.HoldValue, kept)
    await counter.record(fact)
    await tale.stage.settle()
    wallet = await cups.held(tale)
    assert (wallet["credit_active"], await left(tale, held["pack"]), await left(tale, held["coupon"])) == (
        0,
        CUPS - 2,
        0,
    )
    standing = (await tale.app.get("/v1/me/standing"))["standing"]
    assert (standing["points_active"], standing["points_pending"]) == (0, EARNED)
    return sale_id


async def left(tale: Tale, lot_id: str) -> int:
    active: int = (await cups.units(tale, lot_id))["active"]
    return active
