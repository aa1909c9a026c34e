"""Third part: the shopper buys online what he wished for, to collect it in the store."""

from typing import Any

from cli.demo import brand
from cli.demo.claiming import POINTS, standing_of
from cli.demo.selling import WISH, shelf
from cli.demo.stage import dollars, expect, until
from cli.demo.tale import Tale
from kit.ids import uuid7

# 2,980 less 5 % for gold (149) less the coupon (200); 131 points pay down to 2,500; 5 % tax is inside 2,631
LIST, GOLD, GIFT, NET, TAX, SPENT, PAID = 2_980, 149, 200, 2_631, 125, 131, 2_500
EARNED = 250  # one for each NT$10 of 2,500


async def play(tale: Tale) -> None:
    """Quote, contact, order, and the same order asked for again."""
    tale.before["shelf"] = (await shelf(tale, (WISH,)))[WISH]
    quote = await _quote(tale)
    await _order(tale, quote)


async def _quote(tale: Tale) -> Any:
    line = {"sku": WISH, "quantity": 1, "method": "COLLECT", "fulfilment_location_id": brand.STORE}
    body = {"channel_id": brand.WEB, "lines": [line], "coupon_codes": [brand.COUPON], "spend_points": SPENT}
    quote = (await tale.app.post("/v1/quotes", body))["quote"]
    given = [(discount["rule_id"], discount["amount"]) for discount in quote["lines"][0]["discounts"]]
    expect("discounts", given, [("gold-5", GOLD), ("welcome-200", GIFT)])
    totals = quote["totals"]
    amounts = [totals[name]["amount"] for name in ("list_total", "discount_total", "tax_total", "points_value")]
    expect("list, discount, tax, points", amounts, [LIST, GOLD + GIFT, TAX, SPENT])
    expect("to pay", totals["grand_total"], {"currency": brand.CURRENCY, "amount": PAID})
    tale.stage.step(
        "shopper",
        f"asks the web shop's price: {dollars(LIST)} − {GOLD} gold 5 % − {GIFT} {brand.COUPON} − {SPENT} points"
        f" = {dollars(PAID)}",
    )
    return quote


async def _order(tale: Tale, quote: Any) -> None:
    stage, shopper = tale.stage, tale.shopper
    contact = await tale.app.post("/v1/contacts", {"name": shopper.name, "phone": shopper.phone})
    body = {
        "quote_id": quote["quote_id"],
        "channel_id": brand.WEB,
        "payment": {"provider": "simulator", "instrument_token": "sim_ok"},
        "contact_id": contact["contact_id"],
        "masked_name": contact["masked_name"],
    }
    key = uuid7()
    placed = await tale.app.ask("POST", "/v1/orders", body, key)
    order = placed.json()["order"]
    tale.order_id = order["order_id"]
    expect("the order", (placed.status_code, order["state"]), (201, "CONFIRMED"))
    tenders = [(tender["provider"], tender["amount"]["amount"], tender["state"]) for tender in order["tenders"]]
    expect("payment", [tender for tender in tenders if tender[0]], [("simulator", PAID, "AUTHORISED")])
    stage.step(
        "shopper", f"orders for collection in {brand.STORE}: {order['order_no']} CONFIRMED, {dollars(PAID)} authorised"
    )
    again = await tale.app.ask("POST", "/v1/orders", body, key)
    expect("the same order again", again.json()["order"]["order_id"], tale.order_id)
    expect("Idempotent-Replayed", again.headers.get("idempotent-replayed"), "true")
    stage.note("the app's retry with the same Idempotency-Key gets the same order, marked as replayed")
    await until(
        "one fewer to be had", lambda: shelf(tale, (WISH,)), lambda found: found[WISH] == tale.before["shelf"] - 1
    )
    standing = await until("points spent", lambda: standing_of(tale), lambda found: found["points_spent"] == SPENT)
    expect("points left", (standing["points_active"], standing["points_pending"]), (POINTS - SPENT, EARNED))
    stage.note(
        f"one pair is promised to him in {brand.STORE}; {POINTS - SPENT:,} points left, {EARNED} new ones pending"
    )
