"""Headquarters: coupons, gift cards, prepaid goods, benefits and credit, and what became of them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes import brand_value as brand
from gateway.http.shapes import offered as shapes
from gateway.http.shapes.fields import Asked, MemberPath, PageSize, PageToken, When, Whole, eg
from gateway.http.shapes.wallet import (
    BenefitProgram,
    Days,
    GiftCardAnswer,
    Name,
    PrepaidProgram,
    PrepaidPrograms,
    Reason,
    WalletAnswer,
)
from gateway.http.shop.wallet import CampaignPath
from omo.member.v1 import benefit_service_pb2 as benefits_pb
from omo.member.v1 import coupon_service_pb2 as coupons_pb
from omo.member.v1 import credit_service_pb2 as credit_pb
from omo.member.v1 import gift_card_service_pb2 as cards_pb
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import prepaid_service_pb2 as prepaid_pb
from omo.member.v1 import voucher_service_pb2 as vouchers_pb

router = APIRouter(route_class=Door, tags=["HQ: value"])

CardPath = Annotated[str, Path(min_length=1, max_length=64, examples=["0199a5c3-1d20-7a31-8b42-5c6d7e8f9a0b"])]
ProgramPath = Annotated[str, Path(min_length=1, max_length=64, examples=["0199a5c3-4053-7d64-9e75-8f9a0b1c2d3e"])]
From = Annotated[datetime, Query(examples=["2026-11-01T00:00:00+08:00"], description="From, inclusive.")]
Until = Annotated[datetime, Query(examples=["2026-12-01T00:00:00+08:00"], description="Until, exclusive.")]


class AdjustCredit(Asked):
    """Credit to give or to take."""

    amount: Annotated[Whole, Field(ge=-1_000_000_000, le=1_000_000_000), eg(500, "Minor units, signed, not 0.")]
    reason: Reason
    expire_time: Annotated[When | None, eg(None, "Until when it can be spent; none: for ever.")] = None


class IssueCoupons(Asked):
    """Who gets one."""

    member_ids: Annotated[
        list[Annotated[str, StringConstraints(max_length=64)]],
        Field(min_length=1, max_length=500),
        eg(["0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11"], "Who gets one, 1 to 500."),
    ]


class MakeGiftCards(Asked):
    """A batch of cards."""

    name: Name
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,6}$"), eg("XMAS", "What every code begins with.")]
    count: Annotated[Whole, Field(ge=1, le=1_000), eg(3)]
    valid_days: Days = 0


class CancelGiftCard(Asked):
    """Why."""

    reason: Reason


class GrantBenefit(Asked):
    """Who gets it, and what makes it the same grant."""

    member_id: Annotated[str, eg("0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11")]
    occasion_key: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("apology 2026-11-23")]


@router.get("/v1/hq/members/{member_id}/wallet", operation_id="get_any_wallet", response_model=WalletAnswer)
async def get_any_wallet(member_id: MemberPath, ask: Asking) -> Response:
    """All that the member holds."""
    return asking.answer(WalletAnswer, await ask(ask.to.wallet.GetWallet, pb.GetWalletRequest(member_id=member_id)))


@router.post("/v1/hq/members/{member_id}/credit", operation_id="adjust_credit", response_model=WalletAnswer)
async def adjust_credit(member_id: MemberPath, body: AdjustCredit, ask: Asking) -> Response:
    """Gives or takes shopping credit by hand, with a reason."""
    request = translation.fill(credit_pb.AdjustCreditRequest(request_id=ask.key, member_id=member_id), body)
    return asking.answer(WalletAnswer, await ask(ask.to.credit.AdjustCredit, request))


@router.put("/v1/hq/coupon-campaigns", operation_id="put_coupon_campaign", response_model=shapes.CouponCampaignAnswer)
async def put_coupon_campaign(body: shapes.PutCouponCampaign, ask: Asking) -> Response:
    """Makes a campaign, or changes the one of that id; coupons that are out stay as they are."""
    request = translation.fill(coupons_pb.PutCouponCampaignRequest(request_id=ask.key), body)
    return asking.answer(shapes.CouponCampaignAnswer, await ask(ask.to.coupons.PutCouponCampaign, request))


@router.get("/v1/hq/coupon-campaigns", operation_id="list_coupon_campaigns", response_model=shapes.CouponCampaignPage)
async def list_coupon_campaigns(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Campaigns, newest first, with what became of their coupons."""
    request = coupons_pb.ListCouponCampaignsRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.coupons.ListCouponCampaigns, request)
    return asking.page(shapes.CouponCampaign, "campaigns", reply.campaigns, reply.next_page_token)


@router.post("/v1/hq/coupon-campaigns/{campaign_id}/issue", operation_id="issue_coupons", response_model=shapes.Issued)
async def issue_coupons(campaign_id: CampaignPath, body: IssueCoupons, ask: Asking) -> Response:
    """Gives each of these members a coupon."""
    request = coupons_pb.IssueCouponsRequest(request_id=ask.key, campaign_id=campaign_id, member_ids=body.member_ids)
    return asking.answer(shapes.Issued, await ask(ask.to.coupons.IssueCoupons, request))


@router.post("/v1/hq/gift-card-batches", operation_id="make_gift_cards", response_model=shapes.MadeCards)
async def make_gift_cards(body: MakeGiftCards, ask: Asking) -> Response:
    """Makes cards that are worth nothing before they are sold; their codes are told now and never again."""
    request = translation.fill(cards_pb.MakeGiftCardsRequest(request_id=ask.key), body)
    return asking.answer(shapes.MadeCards, await ask(ask.to.gift_cards.MakeGiftCards, request))


@router.get("/v1/hq/gift-card-batches", operation_id="list_gift_card_batches", response_model=shapes.BatchPage)
async def list_gift_card_batches(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Batches, newest first, with what was sold and what is not spent."""
    request = cards_pb.ListGiftCardBatchesRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.gift_cards.ListGiftCardBatches, request)
    return asking.page(shapes.Batch, "batches", reply.batches, reply.next_page_token)


@router.post("/v1/hq/gift-cards/{card_id}/cancel", operation_id="cancel_gift_card", response_model=GiftCardAnswer)
async def cancel_gift_card(card_id: CardPath, body: CancelGiftCard, ask: Asking) -> Response:
    """Takes what is left off a card."""
    request = cards_pb.CancelGiftCardRequest(request_id=ask.key, card_id=card_id, reason=body.reason)
    return asking.answer(GiftCardAnswer, await ask(ask.to.gift_cards.CancelGiftCard, request))


@router.put("/v1/hq/prepaid/programs", operation_id="put_prepaid_program", response_model=shapes.PrepaidAnswer)
async def put_prepaid_program(body: shapes.PutPrepaid, ask: Asking) -> Response:
    """Makes a programme, or changes the one of that id; packs that were sold stay as they are."""
    request = translation.fill(prepaid_pb.PutPrepaidProgramRequest(request_id=ask.key), body)
    return asking.answer(shapes.PrepaidAnswer, await ask(ask.to.prepaid.PutPrepaidProgram, request))


@router.get("/v1/hq/prepaid/programs", operation_id="list_all_prepaid_programs", response_model=PrepaidPrograms)
async def list_all_prepaid_programs(ask: Asking) -> Response:
    """All of them."""
    reply = await ask(ask.to.prepaid.ListPrepaidPrograms, prepaid_pb.ListPrepaidProgramsRequest())
    return asking.encoded({"programs": translation.show_all(PrepaidProgram, reply.programs)})


@router.get("/v1/hq/prepaid/report", operation_id="report_prepaid", response_model=shapes.PrepaidReport)
async def report_prepaid(ask: Asking, start: From, end: Until) -> Response:
    """Breakage of packs that ended, and what stores owe each other, in these days."""
    request = prepaid_pb.ReportPrepaidRequest()
    request.from_time.FromDatetime(start)
    request.until_time.FromDatetime(end)
    return asking.answer(shapes.PrepaidReport, await ask(ask.to.prepaid.ReportPrepaid, request))


@router.put("/v1/hq/benefit-programs", operation_id="put_benefit_program", response_model=shapes.BenefitAnswer)
async def put_benefit_program(body: shapes.PutBenefit, ask: Asking) -> Response:
    """Makes a programme, or changes the one of that id; benefits that were granted stay as they are."""
    request = translation.fill(benefits_pb.PutBenefitProgramRequest(request_id=ask.key), body)
    return asking.answer(shapes.BenefitAnswer, await ask(ask.to.benefits.PutBenefitProgram, request))


@router.get("/v1/hq/benefit-programs", operation_id="list_benefit_programs", response_model=shapes.Benefits)
async def list_benefit_programs(ask: Asking) -> Response:
    """All of them."""
    reply = await ask(ask.to.benefits.ListBenefitPrograms, benefits_pb.ListBenefitProgramsRequest())
    return asking.encoded({"programs": translation.show_all(BenefitProgram, reply.programs)})


@router.post("/v1/hq/benefit-programs/{program_id}/grant", operation_id="grant_benefit", response_model=shapes.Granted)
async def grant_benefit(program_id: ProgramPath, body: GrantBenefit, ask: Asking) -> Response:
    """Gives a member a benefit by hand, once for the same occasion."""
    request = translation.fill(benefits_pb.GrantBenefitRequest(request_id=ask.key, program_id=program_id), body)
    return asking.answer(shapes.Granted, await ask(ask.to.benefits.GrantBenefit, request))


@router.get("/v1/hq/voucher-limits", operation_id="get_voucher_limits", response_model=brand.VoucherLimitsAnswer)
async def get_voucher_limits(ask: Asking) -> Response:
    """How much of a member's a terminal may hold without a line, and how long."""
    reply = await ask(ask.to.vouchers.GetVoucherLimits, vouchers_pb.GetVoucherLimitsRequest())
    return asking.answer(brand.VoucherLimitsAnswer, reply)


@router.put("/v1/hq/voucher-limits", operation_id="put_voucher_limits", response_model=brand.VoucherLimitsAnswer)
async def put_voucher_limits(body: brand.PutVoucherLimits, ask: Asking) -> Response:
    """Puts new limits in force, as their next version; vouchers that are out stay as they are."""
    request = translation.fill(vouchers_pb.PutVoucherLimitsRequest(request_id=ask.key), body)
    return asking.answer(brand.VoucherLimitsAnswer, await ask(ask.to.vouchers.PutVoucherLimits, request))


@router.put("/v1/hq/gift-card-goods", operation_id="put_gift_card_good", response_model=brand.GiftCardGoodAnswer)
async def put_gift_card_good(body: brand.PutGiftCardGood, ask: Asking) -> Response:
    """Marks a good as a gift card: a sold line of it that names a card activates that card."""
    request = translation.fill(cards_pb.PutGiftCardGoodRequest(request_id=ask.key), body)
    return asking.answer(brand.GiftCardGoodAnswer, await ask(ask.to.gift_cards.PutGiftCardGood, request))


@router.get("/v1/hq/gift-card-goods", operation_id="list_gift_card_goods", response_model=brand.GiftCardGoods)
async def list_gift_card_goods(ask: Asking) -> Response:
    """Goods that are gift cards."""
    reply = await ask(ask.to.gift_cards.ListGiftCardGoods, cards_pb.ListGiftCardGoodsRequest())
    return asking.encoded({"goods": translation.show_all(brand.GiftCardGood, reply.goods)})


@router.get("/v1/hq/prepaid/refunds", operation_id="list_prepaid_refunds", response_model=brand.PrepaidRefundPage)
async def list_prepaid_refunds(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Refunds of ended packs that are owed in money, oldest first."""
    request = prepaid_pb.ListPrepaidRefundsRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.prepaid.ListPrepaidRefunds, request)
    return asking.page(brand.PrepaidRefund, "refunds", reply.refunds, reply.next_page_token)


@router.post(
    "/v1/hq/prepaid/refunds/{pack_id}/settle",
    operation_id="settle_prepaid_refund",
    response_model=brand.SettledRefund,
)
async def settle_prepaid_refund(pack_id: CardPath, body: brand.SettleRefund, ask: Asking) -> Response:
    """Says that a refund was paid back, and by what."""
    request = prepaid_pb.SettlePrepaidRefundRequest(request_id=ask.key, pack_id=pack_id, reference=body.reference)
    return asking.answer(brand.SettledRefund, await ask(ask.to.prepaid.SettlePrepaidRefund, request))
