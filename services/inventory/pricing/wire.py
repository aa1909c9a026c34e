"""Effective prices, gaps and changes as messages."""

from datetime import datetime

from omo.inventory.v1 import catalogue_price_service_pb2 as pb
from services.inventory import wire as fields
from services.inventory.catalogue import wire_out
from services.inventory.pricing.domain import Change, Effective, Gap

_PLACES = 1_000


def gaps(found: list[Gap], more: str, at: datetime) -> pb.ListPriceGapsResponse:
    return pb.ListPriceGapsResponse(gaps=map(_gap, found), next_page_token=more, at_time=fields.timestamp(at))


def _gap(given: Gap) -> pb.PriceGap:
    good = given.good
    prices = map(_effective, given.prices)
    return pb.PriceGap(sku=good.sku, product_id=good.product_id, name=good.name, prices=prices)


def _effective(given: Effective) -> pb.EffectivePrice:
    listed = given.listed
    places = [pb.SalesPlace(channel_id=one.channel_id, location_id=one.location_id) for one in given.places[:_PLACES]]
    if listed is None:
        return pb.EffectivePrice(places=places, places_total=len(given.places))
    return pb.EffectivePrice(
        priced=True,
        amount=given.amount,
        currency_code=listed.currency_code,
        price_list_id=listed.price_list_id,
        places=places,
        places_total=len(given.places),
        tax_included=listed.tax_included,
    )


def change(given: Change) -> pb.PriceChange:
    return pb.PriceChange(
        change_id=given.change_id,
        price_list_id=given.price_list_id,
        sku=given.sku,
        amount_before=given.amount_before,
        amount=given.amount,
        head=wire_out.price_list(given.head) if given.head else None,
        version=given.version,
        business_time=fields.timestamp(given.business_time),
        record_time=fields.timestamp(given.record_time),
        actor=fields.actor(given.actor_kind, given.actor_id, given.actor_terminal_id),
        reason=given.reason,
    )
