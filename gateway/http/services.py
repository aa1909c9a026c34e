"""The services behind the gateway, by their stubs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.http.services_order import OrderServices, of_order
from gateway.http.settings import Settings
from kit.rpc.client import Channel
from omo.attribution.v1 import attribution_service_pb2_grpc as attribution_rpc
from omo.inventory.v1 import availability_service_pb2_grpc as availability_rpc
from omo.inventory.v1 import catalogue_assortment_service_pb2_grpc as assortment_rpc
from omo.inventory.v1 import catalogue_import_service_pb2_grpc as import_rpc
from omo.inventory.v1 import catalogue_price_service_pb2_grpc as price_rpc
from omo.inventory.v1 import catalogue_search_service_pb2_grpc as search_rpc
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.inventory.v1 import counting_service_pb2_grpc as count_rpc
from omo.inventory.v1 import counting_variance_service_pb2_grpc as variance_rpc
from omo.inventory.v1 import feeds_service_pb2_grpc as feed_rpc
from omo.inventory.v1 import lots_service_pb2_grpc as lot_rpc
from omo.inventory.v1 import planning_service_pb2_grpc as planning_rpc
from omo.inventory.v1 import sourcing_service_pb2_grpc as sourcing_rpc
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.inventory.v1 import supply_service_pb2_grpc as supply_rpc
from omo.inventory.v1 import tasks_service_pb2_grpc as stock_task_rpc
from omo.inventory.v1 import transfers_service_pb2_grpc as transfer_rpc
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import benefit_service_pb2_grpc as benefit_rpc
from omo.member.v1 import campaigns_service_pb2_grpc as campaign_rpc
from omo.member.v1 import codes_service_pb2_grpc as code_rpc
from omo.member.v1 import conversation_service_pb2_grpc as conversation_rpc
from omo.member.v1 import coupon_service_pb2_grpc as coupon_rpc
from omo.member.v1 import credit_service_pb2_grpc as credit_rpc
from omo.member.v1 import gift_card_service_pb2_grpc as card_rpc
from omo.member.v1 import guest_service_pb2_grpc as guest_rpc
from omo.member.v1 import household_service_pb2_grpc as household_rpc
from omo.member.v1 import identifiers_service_pb2_grpc as identifier_rpc
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.member.v1 import merging_service_pb2_grpc as merging_rpc
from omo.member.v1 import messages_service_pb2_grpc as message_rpc
from omo.member.v1 import people_review_service_pb2_grpc as people_review_rpc
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.member.v1 import prepaid_service_pb2_grpc as prepaid_rpc
from omo.member.v1 import privacy_service_pb2_grpc as privacy_rpc
from omo.member.v1 import profile_service_pb2_grpc as profile_rpc
from omo.member.v1 import referrals_service_pb2_grpc as referral_rpc
from omo.member.v1 import segments_service_pb2_grpc as segment_rpc
from omo.member.v1 import signin_service_pb2_grpc as signin_rpc
from omo.member.v1 import tier_service_pb2_grpc as tier_rpc
from omo.member.v1 import visits_service_pb2_grpc as visit_rpc
from omo.member.v1 import voucher_service_pb2_grpc as voucher_rpc


@dataclass(frozen=True, slots=True)
class Services(OrderServices):
    """One stub per service contract; each service's stubs share a channel."""

    access: "access_rpc.AccessServiceAsyncStub"
    identity: "identity_rpc.IdentityServiceAsyncStub"
    contacts: "identity_rpc.ContactServiceAsyncStub"
    identifiers: "identifier_rpc.IdentifierServiceAsyncStub"
    signin: "signin_rpc.SignInServiceAsyncStub"
    codes: "code_rpc.MemberCodeServiceAsyncStub"
    visits: "visit_rpc.VisitServiceAsyncStub"
    guests: "guest_rpc.GuestServiceAsyncStub"
    household: "household_rpc.HouseholdServiceAsyncStub"
    merging: "merging_rpc.MergeServiceAsyncStub"
    people_reviews: "people_review_rpc.PeopleReviewServiceAsyncStub"
    points: "points_rpc.PointsServiceAsyncStub"
    wallet: "points_rpc.WalletServiceAsyncStub"
    credit: "credit_rpc.CreditServiceAsyncStub"
    coupons: "coupon_rpc.CouponServiceAsyncStub"
    gift_cards: "card_rpc.GiftCardServiceAsyncStub"
    prepaid: "prepaid_rpc.PrepaidServiceAsyncStub"
    benefits: "benefit_rpc.BenefitServiceAsyncStub"
    vouchers: "voucher_rpc.VoucherServiceAsyncStub"
    tiers: "tier_rpc.TierServiceAsyncStub"
    profile: "points_rpc.ProfileServiceAsyncStub"
    conversations: "conversation_rpc.ConversationServiceAsyncStub"
    channels: "conversation_rpc.ChannelServiceAsyncStub"
    timeline: "profile_rpc.TimelineServiceAsyncStub"
    tags: "profile_rpc.TagServiceAsyncStub"
    surveys: "profile_rpc.SurveyServiceAsyncStub"
    privacy: "privacy_rpc.PrivacyServiceAsyncStub"
    segments: "segment_rpc.SegmentServiceAsyncStub"
    messages: "message_rpc.MessageServiceAsyncStub"
    campaigns: "campaign_rpc.CampaignServiceAsyncStub"
    referrals: "referral_rpc.ReferralServiceAsyncStub"
    catalogue: "catalogue_rpc.CatalogueServiceAsyncStub"
    search: "search_rpc.SearchServiceAsyncStub"
    assortments: "assortment_rpc.AssortmentServiceAsyncStub"
    prices: "price_rpc.PriceServiceAsyncStub"
    imports: "import_rpc.ImportServiceAsyncStub"
    sourcing: "sourcing_rpc.SourcingServiceAsyncStub"
    availability: "availability_rpc.AvailabilityServiceAsyncStub"
    stock: "stock_rpc.StockServiceAsyncStub"
    stock_tasks: "stock_task_rpc.StockTaskServiceAsyncStub"
    transfers: "transfer_rpc.TransferServiceAsyncStub"
    supply: "supply_rpc.SupplyServiceAsyncStub"
    counts: "count_rpc.CountServiceAsyncStub"
    variances: "variance_rpc.VarianceServiceAsyncStub"
    feeds: "feed_rpc.StockFeedServiceAsyncStub"
    lots: "lot_rpc.LotServiceAsyncStub"
    planning: "planning_rpc.PlanningServiceAsyncStub"
    bindings: "attribution_rpc.BindingServiceAsyncStub"
    credits: "attribution_rpc.CreditServiceAsyncStub"
    panorama: "attribution_rpc.PanoramaServiceAsyncStub"


def connect(open_channel: Callable[[str], Channel], settings: Settings) -> Services:
    """The stubs, over channels that `open_channel` makes."""
    stubs = {
        **_of_member(open_channel(settings.member_target)),
        **of_order(open_channel(settings.order_target)),
        **_of_inventory(open_channel(settings.inventory_target)),
        **_of_attribution(open_channel(settings.attribution_target)),
    }
    return Services(**stubs)


def _of_member(channel: Channel) -> dict[str, Any]:
    return {
        "access": access_rpc.AccessServiceStub(channel),
        "identity": identity_rpc.IdentityServiceStub(channel),
        "contacts": identity_rpc.ContactServiceStub(channel),
        "identifiers": identifier_rpc.IdentifierServiceStub(channel),
        "signin": signin_rpc.SignInServiceStub(channel),
        "codes": code_rpc.MemberCodeServiceStub(channel),
        "visits": visit_rpc.VisitServiceStub(channel),
        "guests": guest_rpc.GuestServiceStub(channel),
        "household": household_rpc.HouseholdServiceStub(channel),
        "merging": merging_rpc.MergeServiceStub(channel),
        "people_reviews": people_review_rpc.PeopleReviewServiceStub(channel),
        "points": points_rpc.PointsServiceStub(channel),
        "wallet": points_rpc.WalletServiceStub(channel),
        "credit": credit_rpc.CreditServiceStub(channel),
        "coupons": coupon_rpc.CouponServiceStub(channel),
        "gift_cards": card_rpc.GiftCardServiceStub(channel),
        "prepaid": prepaid_rpc.PrepaidServiceStub(channel),
        "benefits": benefit_rpc.BenefitServiceStub(channel),
        "vouchers": voucher_rpc.VoucherServiceStub(channel),
        "tiers": tier_rpc.TierServiceStub(channel),
        "profile": points_rpc.ProfileServiceStub(channel),
        "conversations": conversation_rpc.ConversationServiceStub(channel),
        "channels": conversation_rpc.ChannelServiceStub(channel),
        "timeline": profile_rpc.TimelineServiceStub(channel),
        "tags": profile_rpc.TagServiceStub(channel),
        "surveys": profile_rpc.SurveyServiceStub(channel),
        "privacy": privacy_rpc.PrivacyServiceStub(channel),
        "segments": segment_rpc.SegmentServiceStub(channel),
        "messages": message_rpc.MessageServiceStub(channel),
        "campaigns": campaign_rpc.CampaignServiceStub(channel),
        "referrals": referral_rpc.ReferralServiceStub(channel),
    }


def _of_inventory(channel: Channel) -> dict[str, Any]:
    return {
        "catalogue": catalogue_rpc.CatalogueServiceStub(channel),
        "search": search_rpc.SearchServiceStub(channel),
        "assortments": assortment_rpc.AssortmentServiceStub(channel),
        "prices": price_rpc.PriceServiceStub(channel),
        "imports": import_rpc.ImportServiceStub(channel),
        "sourcing": sourcing_rpc.SourcingServiceStub(channel),
        "availability": availability_rpc.AvailabilityServiceStub(channel),
        "stock": stock_rpc.StockServiceStub(channel),
        "stock_tasks": stock_task_rpc.StockTaskServiceStub(channel),
        "transfers": transfer_rpc.TransferServiceStub(channel),
        "supply": supply_rpc.SupplyServiceStub(channel),
        "counts": count_rpc.CountServiceStub(channel),
        "variances": variance_rpc.VarianceServiceStub(channel),
        "feeds": feed_rpc.StockFeedServiceStub(channel),
        "lots": lot_rpc.LotServiceStub(channel),
        "planning": planning_rpc.PlanningServiceStub(channel),
    }


def _of_attribution(channel: Channel) -> dict[str, Any]:
    return {
        "bindings": attribution_rpc.BindingServiceStub(channel),
        "credits": attribution_rpc.CreditServiceStub(channel),
        "panorama": attribution_rpc.PanoramaServiceStub(channel),
    }
