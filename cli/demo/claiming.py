"""Second part: at home the shopper signs in by his telephone, and the store's account is his own."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cli.demo import brand
from cli.demo.brand import LIN
from cli.demo.selling import SALE_TAX, SALE_TOTAL, WISH
from cli.demo.stage import dollars, expect, until
from cli.demo.tale import Tale

POINTS = 3_940  # one for each NT$10 of 39,400
PENDING = timedelta(days=8)  # seven whole days after today


async def play(tale: Tale) -> None:
    """Login, receipt, standing, binding; then the points' week passes."""
    await _sign_in(tale)
    await _receipt(tale)
    await _standing(tale)
    await _bind(tale)
    await _wait(tale)


async def _sign_in(tale: Tale) -> None:
    stage, shopper = tale.stage, tale.shopper
    sent = await tale.web.post("/v1/auth/otp", {"phone": shopper.phone, "device_id": tale.shopper.device})
    stage.step("shopper", "types his telephone number into the app; a login code is sent")
    challenge_id = sent["challenge_id"]

    async def read() -> str:
        return code_of(stage.member_log(), challenge_id)

    code = await until("the login code", read, bool)
    stage.note("no SMS provider here: the console sender printed the code into member's log, the story reads it there")
    body = {"challenge_id": challenge_id, "code": code, "device_id": tale.shopper.device, "source": "app"}
    signed_in = await tale.web.post("/v1/auth/otp/verify", body)
    expect("whose account", signed_in["member"]["member_id"], tale.member_id)
    expect("claimed now, created now", (signed_in["claimed_now"], signed_in["created_now"]), (True, False))
    expect("his name, unmasked", signed_in["member"]["display_name"], shopper.name)
    tale.session = signed_in["session"]
    stage.step("shopper", f"proves the code: the account that {brand.STORE} made is now {shopper.name}'s own")


def code_of(log: str, challenge_id: str) -> str:
    """The code that the console sender printed for a challenge, or nothing yet."""
    return next((line["code"] for line in _letters(log) if line["challenge_id"] == challenge_id), "")


def _letters(log: str) -> Iterator[dict[str, str]]:
    for line in log.splitlines():
        if '"event": "otp"' in line:
            yield json.loads(line)


async def _receipt(tale: Tale) -> None:
    def unquestioned(found: dict[str, Any]) -> bool:  # the order may be told of the sale before it is of the member
        return all(not order["review_flags"] for order in found["orders"])

    orders = (await until("his receipts", lambda: tale.app.get("/v1/orders", channel_kind="STORE"), unquestioned))[
        "orders"
    ]
    expect("his receipts", [order["order_id"] for order in orders], [tale.sale_id])
    totals, lines = orders[0]["totals"], orders[0]["lines"]
    expect("the receipt's number", orders[0]["order_no"], tale.receipt_no)
    expect("the receipt's total", totals["grand_total"], {"currency": brand.CURRENCY, "amount": SALE_TOTAL})
    expect("the receipt's tax", totals["tax_total"]["amount"], SALE_TAX)
    expect("sold by", {line["seller_staff_code"] for line in lines}, {LIN.code})
    tale.stage.step(
        "shopper", f"sees his receipt {tale.receipt_no}: 3 coats, {dollars(SALE_TOTAL)}, sold by {LIN.code}"
    )


async def _standing(tale: Tale) -> None:
    def earned(standing: dict[str, object]) -> bool:
        return standing["points_pending"] == POINTS

    standing = await until("his points", lambda: standing_of(tale), earned)
    expect("his tier", standing["tier"], "gold")
    expect("qualifying spend", standing["qualifying_spend"], SALE_TOTAL)
    expect("active points", standing["points_active"], 0)
    tale.stage.step("shopper", f"is gold at once (from {dollars(30_000)}); {POINTS:,} points pending, 0 active")


async def standing_of(tale: Tale) -> dict[str, object]:
    """The shopper's points and tier now."""
    found: dict[str, object] = (await tale.app.get("/v1/me/standing"))["standing"]
    return found


async def _bind(tale: Tale) -> None:
    async with tale.counter(brand.STORE) as counter:
        await counter.sign_in(LIN)
        staff = tale.web.as_(counter.staff_token)
        token = (await staff.post("/v1/staff/token", {"purpose": "qr"}))["token"]
    binding = (await tale.app.post("/v1/me/binding", {"token": token}))["binding"]
    found = (binding["staff_code"], binding["location_id"], binding["active"])
    expect("his binding", found, (LIN.code, brand.STORE, True))
    tale.stage.step("shopper", f"scans the QR code of {LIN.name}: he is bound to {LIN.code} of {brand.STORE}")


async def _wait(tale: Tale) -> None:
    await tale.stage.advance(PENDING)
    await tale.refresh()
    standing = await standing_of(tale)
    expect("points", (standing["points_pending"], standing["points_active"]), (0, POINTS))
    tale.stage.step("clock", f"eight days pass: his {POINTS:,} points are active")
    wishes = (await tale.app.get("/v1/me/wishes"))["wishes"]
    found = [(wish["sku"], wish["staff_code"], wish["location_id"]) for wish in wishes]
    expect("his wish list", found, [(WISH, LIN.code, brand.STORE)])
    tale.stage.step("shopper", f"finds {WISH} on his wish list, noted by {LIN.code} in {brand.STORE}")
