"""What a shopper holds: the wallet in one call, and what he does with it himself."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import Field
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, MemberId, PageSize, PageToken, Whole, eg
from gateway.http.shapes.wallet import (
    LOT,
    AssignedCard,
    CardCode,
    Count,
    CouponAnswer,
    GiftCardAnswer,
    LotAnswer,
    WalletAnswer,
    WalletEntry,
    WalletPage,
)
from omo.member.v1 import benefit_service_pb2, coupon_service_pb2, gift_card_service_pb2, prepaid_service_pb2
from omo.member.v1 import points_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Me"])

CampaignPath = Annotated[str, Path(min_length=1, max_length=64, examples=["0199a5c3-0000-7a31-8b42-5c6d7e8f9a0b"])]
LotPath = Annotated[str, Path(min_length=1, max_length=64, examples=[LOT], description="As the wallet shows it.")]


class FindGiftCard(Asked):
    """A gift card's code, as it is typed."""

    code: CardCode


class GiftUnits(Asked):
    """Units for somebody else."""

    units: Count
    recipient_id: Annotated[MemberId, eg("0199a5c0-8d2f-7e3b-8046-3a5f9a2d1b22", "The member who gets them.")]


class Birthday(Asked):
    """The day, without a year."""

    month: Annotated[Whole, Field(ge=1, le=12), eg(2, "1 is January.")]
    day: Annotated[Whole, Field(ge=1, le=31), eg(29, "Of the month; 29 February is one too.")]


@router.get("/v1/me/wallet", operation_id="get_wallet", response_model=WalletAnswer)
async def get_wallet(ask: Asking) -> Response:
    """Points, credit, coupons, gift cards, prepaid units and benefits, all in one."""
    return asking.answer(WalletAnswer, await ask(ask.to.wallet.GetWallet, pb.GetWalletRequest(member_id=ask.me)))


@router.get("/v1/me/wallet/entries", operation_id="list_wallet_entries", response_model=WalletPage)
async def list_wallet_entries(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """What came in and went, newest first."""
    request = pb.ListWalletEntriesRequest(member_id=ask.me, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.wallet.ListWalletEntries, request)
    return asking.page(WalletEntry, "entries", reply.entries, reply.next_page_token)


@router.post("/v1/me/coupons/{campaign_id}/claim", operation_id="claim_coupon", response_model=CouponAnswer)
async def claim_coupon(campaign_id: CampaignPath, ask: Asking) -> Response:
    """Takes a coupon of a campaign that is open to all."""
    request = coupon_service_pb2.ClaimCouponRequest(request_id=ask.key, campaign_id=campaign_id, member_id=ask.me)
    return asking.answer(CouponAnswer, await ask(ask.to.coupons.ClaimCoupon, request))


@router.post("/v1/me/gift-cards/find", operation_id="find_gift_card", response_model=GiftCardAnswer)
async def find_gift_card(body: FindGiftCard, ask: Asking) -> Response:
    """What is left on a card, and the id to spend it by."""
    request = gift_card_service_pb2.FindGiftCardRequest(code=body.code)
    return asking.answer(GiftCardAnswer, await ask(ask.to.gift_cards.FindGiftCard, request))


@router.post("/v1/me/gift-cards", operation_id="keep_gift_card", response_model=AssignedCard)
async def keep_gift_card(body: FindGiftCard, ask: Asking) -> Response:
    """Puts a card into the wallet: nobody else can spend it then, whoever has seen its code."""
    request = gift_card_service_pb2.AssignGiftCardRequest(request_id=ask.key, code=body.code, member_id=ask.me)
    return asking.answer(AssignedCard, await ask(ask.to.gift_cards.AssignGiftCard, request))


@router.post("/v1/me/prepaid/{lot_id}/gift", operation_id="gift_prepaid_units", response_model=LotAnswer)
async def gift_prepaid_units(lot_id: LotPath, body: GiftUnits, ask: Asking) -> Response:
    """Gives units to another member."""
    request = translation.fill(
        prepaid_service_pb2.GiftPrepaidUnitsRequest(request_id=ask.key, member_id=ask.me, lot_id=lot_id), body
    )
    return asking.answer(LotAnswer, await ask(ask.to.prepaid.GiftPrepaidUnits, request))


@router.put("/v1/me/birthday", operation_id="put_birthday", status_code=status.HTTP_204_NO_CONTENT)
async def put_birthday(body: Birthday, ask: Asking) -> Response:
    """Says the birthday, for its gift; it changes once a year at most."""
    request = benefit_service_pb2.PutBirthdayRequest(
        request_id=ask.key, member_id=ask.me, month=body.month, day=body.day
    )
    await ask(ask.to.benefits.PutBirthday, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
