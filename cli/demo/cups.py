"""Twenty cups bought ahead: some given away, some drunk in three stores, the rest worth credit in the end (J4)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cli.demo import brand, offers, selling
from cli.demo.brand import CHANG, LIN, WU, StaffMember
from cli.demo.counter import Counter
from cli.demo.offers import CUP, CUP_PRICE, CUPS, PACK_PRICE
from cli.demo.stage import dollars, expect, until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.storelink.v1 import till_service_pb2 as pb
from omo.type.v1 import spend_pb2

GIFTS, OWN = 2, 3
REFUND = PACK_PRICE - CUP_PRICE * (GIFTS + OWN)
# a taken unit's part of what was paid: what the store that sold owes the one that gave it
SHARE = PACK_PRICE // CUPS
OVER = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Pack:
    """The buyer's units, and those that his friend was given."""

    lot_id: str
    friend_id: str
    given_lot_id: str


async def play(tale: Tale, counter: Counter) -> None:
    """Bought, given, drunk, over."""
    credit = (await held(tale))["credit_active"]
    lot_id = await bought(tale, counter)
    tale.stage.step(brand.STORE, f"his number finds him on the till: {CUPS} lattes ahead for {dollars(PACK_PRICE)}")
    pack = await given(tale, counter, lot_id)
    tale.stage.step("app", f"he gives a friend {GIFTS} of them")
    await drunk(tale, counter, LIN, lot_id)
    for staff in (CHANG, WU):
        async with await tale.branch(staff.location_id) as till:
            await drunk(tale, till, staff, lot_id)
    await friend_drinks(tale, counter, pack)
    tale.stage.step("stores", f"he has one each in TPE01, TPE02 and TXG01, the friend both: {GIFTS + OWN} of {CUPS}")
    await ended(tale, credit)
    told = f"{dollars(PACK_PRICE)} − {GIFTS + OWN} × {CUP_PRICE} = {dollars(REFUND)}"
    tale.stage.step("clock", f"a month passes, the pack is over: {told} of shopping credit are his")


async def held(tale: Tale, member_id: str = "") -> dict[str, Any]:
    """What somebody holds, as headquarters sees it."""
    found: dict[str, Any] = (await tale.hq.get(f"/v1/hq/members/{member_id or tale.member_id}/wallet"))["wallet"]
    return found


async def units(tale: Tale, lot_id: str, member_id: str = "") -> dict[str, Any]:
    """One lot of somebody's."""
    return next(lot for lot in (await held(tale, member_id))["lots"] if lot["lot_id"] == lot_id)


async def bought(tale: Tale, counter: Counter, program_id: str = offers.CUPS_PROGRAM) -> str:
    """He says his number, and buys a pack: the lot of its units."""
    asked = pb.FindMemberRequest(key=tale.shopper.phone)
    found = (await counter.ask(lambda till: till.FindMember, asked)).member
    expect("who has that number", found.member_id, tale.member_id)
    staff = tale.web.as_(counter.staff_token)
    order = {"program_id": program_id, "location_id": brand.STORE}
    pack = (await staff.post(f"/v1/staff/members/{tale.member_id}/prepaid", order))["pack"]
    expect("the pack", (pack["units"], pack["paid"], pack["list_price"]), (CUPS, PACK_PRICE, CUP_PRICE))
    lot_id: str = pack["lot"]["lot_id"]
    return lot_id


async def given(tale: Tale, counter: Counter, lot_id: str) -> Pack:
    """A friend, whom the till enrols by a card, is given some."""
    card = f"FRIEND-{uuid7()[-12:].upper()}"
    enrol = pb.EnrolMemberRequest(request_id=uuid7(), card_no=card, display_name="王小美")
    friend: str = (await counter.ask(lambda till: till.EnrolMember, enrol)).member.member_id
    body = {"units": GIFTS, "recipient_id": friend}
    left = (await tale.app.post(f"/v1/me/prepaid/{lot_id}/gift", body))["lot"]
    expect("units that are left", left["active"], CUPS - GIFTS)
    (theirs,) = (await held(tale, friend))["lots"]
    expect("what the friend has", (theirs["kind"], theirs["sku"], theirs["active"]), ("PREPAID", CUP, GIFTS))
    return Pack(lot_id, friend, theirs["lot_id"])


async def drunk(tale: Tale, till: Counter, staff: StaffMember, lot_id: str) -> Any:
    """One cup over that store's counter: a sale up its stream, paid by a unit; answers the sale."""
    await till.sign_in(staff)
    use = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_PREPAID, ref=lot_id, quantity=1, line_no=1)
    quote, fact = await selling.sold(tale, till, staff, tale.member_id, (CUP,), use)
    costs = (quote.lines[0].list_total.minor_units, quote.amount_due.minor_units)
    expect("a cup costs, and is to be paid", costs, (CUP_PRICE, 0))
    return fact


async def friend_drinks(tale: Tale, counter: Counter, pack: Pack) -> None:
    """The friend has both at once; then all five are out of the books."""
    staff = tale.web.as_(counter.staff_token)
    body = {"lot_id": pack.given_lot_id, "units": GIFTS, "location_id": brand.STORE}
    left = (await staff.post(f"/v1/staff/members/{pack.friend_id}/prepaid/redeem", body))["lot"]
    expect("what the friend has left", left["active"], 0)

    async def mine() -> tuple[int, int]:
        lot = await units(tale, pack.lot_id)
        return lot["active"], lot["held"]

    await until("his cups", mine, lambda found: found == (CUPS - GIFTS - OWN, 0))


async def ended(tale: Tale, credit: int) -> None:
    """The pack's time passes."""
    await tale.stage.advance(OVER)
    found = await held(tale)
    expect("his shopping credit", found["credit_active"], credit + REFUND)
