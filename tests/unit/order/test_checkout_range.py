"""A quote sells what the range of the channel and of the store holds then, and says why not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from omo_pricing import Window
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import SkuNotSoldHere
from services.order.reference.domain import Location, Surroundings
from tests.unit.order.pricing_shop import AROUND, AT, basket, good, quote, want

LATER = AT + timedelta(seconds=1)
STRICT = replace(AROUND, listed_only=frozenset({"web"}))


@pytest.mark.parametrize(
    ("around", "window", "why"),
    [
        (AROUND, None, ""),
        (AROUND, Window(withheld=True), "CHANNEL"),
        (AROUND, Window(published=LATER), "NOT_YET"),
        (AROUND, Window(published=AT), ""),
        (AROUND, Window(unpublished=AT), "NO_MORE"),
        (STRICT, None, "CHANNEL"),
        (STRICT, Window(), ""),
        (STRICT, Window(unpublished=LATER), ""),
    ],
)
def test_a_channel_sells_its_range(around: Surroundings, window: Window | None, why: str) -> None:
    coat = replace(good("COAT"), channels={"web": window} if window else {})
    if not why:
        assert quote(basket(), around, COAT=coat).totals.grand_total == 1000
        return
    with pytest.raises(SkuNotSoldHere) as refused:
        quote(basket(), around, COAT=coat)
    told = refused.value.metadata
    assert (told["field"], told["sku"], told["channel_id"], told["why"]) == ("lines[0].sku", "COAT", "web", why)


def test_a_store_sells_its_own_range() -> None:
    at_the_counter = replace(basket(want(method=Method.CARRY_OUT)), channel_id="stores", location_id="TPE01")
    assert quote(at_the_counter).totals.grand_total == 1000
    withheld = replace(good("COAT"), locations={"TPE01": Window(withheld=True)})
    with pytest.raises(SkuNotSoldHere) as refused:
        quote(at_the_counter, COAT=withheld)
    assert refused.value.metadata["why"] == "LOCATION"
    strict = Location("TPE01", "STORE", "", pickup=True, ships=False, active=True, listed_only=True)
    around = replace(AROUND, locations={**AROUND.locations, "TPE01": strict})
    with pytest.raises(SkuNotSoldHere):
        quote(at_the_counter, around)
    assert quote(at_the_counter, around, COAT=replace(good("COAT"), locations={"TPE01": Window()}))
