"""What members hold, as staff on the shop floor see, sell and take it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    MemberPath,
    OrderId,
    PageSize,
    PageToken,
    Shown,
    Time,
    eg,
    kinds,
)
from gateway.http.shapes.wallet import (
    LOT,
    Amount,
    AssignedCard,
    CardCode,
    Count,
    CouponAnswer,
    GiftCardAnswer,
    LotId,
    PrepaidProgram,
    PrepaidPrograms,
    ValueLot,
    WalletAnswer,
    WalletEntry,
    WalletPage,
)
from gateway.http.shop.wallet import Birthday, CampaignPath, FindGiftCard
from omo.member.v1 import benefit_service_pb2, coupon_service_pb2, gift_card_service_pb2, prepaid_service_pb2
from omo.member.v1 import points_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: members"])


class SellGiftCard(Asked):
    """A card that is sold."""

    code: CardCode
    amount: Amount
    order_id: Annotated[OrderId | None, eg(None, "The sale that it was paid in.")] = None


class SellPack(Asked):
    """A pack that is sold."""

    program_id: Annotated[str, eg("0199a5c3-3f42-7c53-8d64-7e8f9a0b1c2d")]
    location_id: LocationId
    order_id: Annotated[OrderId | None, eg(None, "The sale that it was paid in.")] = None


class TakeUnits(Asked):
    """Units that the member takes now."""

    lot_id: Annotated[LotId, eg(LOT, "The member's units, as the wallet shows them.")]
    units: Count
    location_id: LocationId
    sku: Annotated[str, eg("", "A better good, if one is taken.")] = ""


class Pack(Shown):
    """A pack that was sold."""

    pack_id: Annotated[str, eg("0199a5c3-5164-7e75-8f86-9a0b1c2d3e4f")]
    program_id: Annotated[str, eg("0199a5c3-3f42-7c53-8d64-7e8f9a0b1c2d")]
    member_id: Annotated[str, eg("0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11")]
    location_id: LocationId
    units: Annotated[int, eg(20)]
    paid: Annotated[int, eg(1600, "Minor units.")]
    list_price: Annotated[int, eg(110, "What one unit costs alone: the refund at its end counts by that.")]
    sale_time: Time | None
    expire_time: Time | None
    refund: Annotated[int, eg(0, "What its end gave back, as credit; minor units.")]
    invoice_timing: Annotated[str, kinds(prepaid_service_pb2.InvoiceTiming, "AT_PURCHASE")]
    order_id: Annotated[str | None, eg(None, "The sale that it was paid in.")]
    line_no: Annotated[int, eg(0, "The line of the order that sold it; 0: none did.")]
    lot: Annotated[ValueLot, Field(description="The buyer's units.")]


class PackAnswer(Shown):
    """The pack, and the buyer's units."""

    pack: Pack


class TakenUnits(Shown):
    """What is left, and what a unit paid of a better good."""

    lot: Annotated[ValueLot, Field(description="What is left.")]
    unit_value: Annotated[int, eg(0, "What each unit paid of a better good, minor units.")]


@router.get("/v1/staff/members/{member_id}/wallet", operation_id="get_member_wallet", response_model=WalletAnswer)
async def get_member_wallet(member_id: MemberPath, ask: Asking) -> Response:
    """All that the member can spend here."""
    return asking.answer(WalletAnswer, await ask(ask.to.wallet.GetWallet, pb.GetWalletRequest(member_id=member_id)))


@router.get(
    "/v1/staff/members/{member_id}/wallet/entries", operation_id="list_member_wallet_entries", response_model=WalletPage
)
async def list_member_wallet_entries(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What came into the member's wallet and went."""
    request = pb.ListWalletEntriesRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.wallet.ListWalletEntries, request)
    return asking.page(WalletEntry, "entries", reply.entries, reply.next_page_token)


@router.post(
    "/v1/staff/members/{member_id}/coupons/{campaign_id}/claim",
    operation_id="claim_member_coupon",
    response_model=CouponAnswer,
)
async def claim_member_coupon(member_id: MemberPath, campaign_id: CampaignPath, ask: Asking) -> Response:
    """Takes a coupon for a member who stands here."""
    request = coupon_service_pb2.ClaimCouponRequest(request_id=ask.key, campaign_id=campaign_id, member_id=member_id)
    return asking.answer(CouponAnswer, await ask(ask.to.coupons.ClaimCoupon, request))


@router.post("/v1/staff/gift-cards/sell", operation_id="sell_gift_card", response_model=GiftCardAnswer)
async def sell_gift_card(body: SellGiftCard, ask: Asking) -> Response:
    """Sells a card: it is worth the amount from now on."""
    request = translation.fill(gift_card_service_pb2.ActivateGiftCardRequest(request_id=ask.key), body)
    return asking.answer(GiftCardAnswer, await ask(ask.to.gift_cards.ActivateGiftCard, request))


@router.post("/v1/staff/gift-cards/find", operation_id="find_store_gift_card", response_model=GiftCardAnswer)
async def find_store_gift_card(body: FindGiftCard, ask: Asking) -> Response:
    """What is left on a card."""
    request = gift_card_service_pb2.FindGiftCardRequest(code=body.code)
    return asking.answer(GiftCardAnswer, await ask(ask.to.gift_cards.FindGiftCard, request))


@router.post(
    "/v1/staff/members/{member_id}/gift-cards", operation_id="keep_member_gift_card", response_model=AssignedCard
)
async def keep_member_gift_card(member_id: MemberPath, body: FindGiftCard, ask: Asking) -> Response:
    """Puts a card into the member's wallet."""
    request = gift_card_service_pb2.AssignGiftCardRequest(request_id=ask.key, code=body.code, member_id=member_id)
    return asking.answer(AssignedCard, await ask(ask.to.gift_cards.AssignGiftCard, request))


@router.get("/v1/staff/prepaid/programs", operation_id="list_prepaid_programs", response_model=PrepaidPrograms)
async def list_prepaid_programs(ask: Asking) -> Response:
    """The packs that can be sold."""
    reply = await ask(ask.to.prepaid.ListPrepaidPrograms, prepaid_service_pb2.ListPrepaidProgramsRequest())
    return asking.encoded({"programs": translation.show_all(PrepaidProgram, reply.programs)})


@router.post("/v1/staff/members/{member_id}/prepaid", operation_id="sell_prepaid_pack", response_model=PackAnswer)
async def sell_prepaid_pack(member_id: MemberPath, body: SellPack, ask: Asking) -> Response:
    """Sells a pack to a member."""
    request = translation.fill(
        prepaid_service_pb2.SellPrepaidPackRequest(request_id=ask.key, member_id=member_id), body
    )
    return asking.answer(PackAnswer, await ask(ask.to.prepaid.SellPrepaidPack, request))


@router.post(
    "/v1/staff/members/{member_id}/prepaid/redeem", operation_id="redeem_prepaid_units", response_model=TakenUnits
)
async def redeem_prepaid_units(member_id: MemberPath, body: TakeUnits, ask: Asking) -> Response:
    """Hands units over the counter, whichever store sold them."""
    request = translation.fill(
        prepaid_service_pb2.RedeemPrepaidUnitsRequest(request_id=ask.key, member_id=member_id), body
    )
    return asking.answer(TakenUnits, await ask(ask.to.prepaid.RedeemPrepaidUnits, request))


@router.put("/v1/staff/members/{member_id}/birthday", operation_id="put_member_birthday", status_code=204)
async def put_member_birthday(member_id: MemberPath, body: Birthday, ask: Asking) -> Response:
    """Notes the birthday that the member says."""
    request = benefit_service_pb2.PutBirthdayRequest(
        request_id=ask.key, member_id=member_id, month=body.month, day=body.day
    )
    await ask(ask.to.benefits.PutBirthday, request)
    return Response(status_code=204)
