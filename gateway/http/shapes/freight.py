"""What bringing goods costs: the brand's fees as headquarters put them, and an order's own."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, ChannelId, Money, NextPage, Shown, Time, Whole, eg, kinds, price, said
from omo.order.v1 import shipping_fees_pb2

FeeId = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("home", "The brand's own code of a fee.")]
_Method = Annotated[str, StringConstraints(min_length=1, max_length=32), eg("standard")]
_Reason = Annotated[str, StringConstraints(min_length=1, max_length=200), eg("freight contract of 2027")]
_FREE_FROM = [{"at_least": 0, "amount": 80}, {"at_least": 1500, "amount": 0}]


class FeeStepIn(Asked):
    """What it costs from here on, up to the next step."""

    at_least: Annotated[Whole, Field(ge=0), eg(0, "Minor units of goods, or units, as the basis says.")]
    amount: Annotated[Whole, Field(ge=0, le=1_000_000), eg(80, "Minor units.")]


class FeeIn(Asked):
    """What bringing goods by some methods costs, before promotion rules."""

    fee_id: FeeId
    way: Annotated[Literal["DELIVERY", "SHIP_TO_STORE"], eg("DELIVERY", "To the shopper, or to his store.")]
    shipping_methods: Annotated[list[_Method], Field(max_length=50), eg(["standard"], "None: all.")] = []
    channels: Annotated[list[ChannelId], Field(max_length=50), eg([], "Online channels; none: all.")] = []
    basis: Annotated[
        Literal["FLAT", "AMOUNT", "QUANTITY"],
        eg("AMOUNT", "By nothing, by what the shipped goods come to after discounts, or by how many units they are."),
    ]
    steps: Annotated[list[FeeStepIn], Field(min_length=1, max_length=20), eg(_FREE_FROM, "From the lowest on.")]


class FeesIn(Asked):
    """All fees, as they are to be."""

    rules: Annotated[list[FeeIn], Field(max_length=100, description="What none of them names costs nothing.")] = []
    tax_class: Annotated[str, StringConstraints(max_length=64), eg("standard", "None while nothing is taxed.")] = ""


class PutShippingFees(Asked):
    """The fees as they are to be, whole, and why they change."""

    fees: Annotated[FeesIn, said("As they are to be.")]
    reason: _Reason


class FeeStep(Shown):
    """What it costs from here on, up to the next step."""

    at_least: Annotated[int, eg(0, "Minor units of goods, or units, as the basis says.")]
    amount: Annotated[int, eg(80, "Minor units.")]


class Fee(Shown):
    """What bringing goods by some methods costs, before promotion rules."""

    fee_id: FeeId
    way: Annotated[str | None, kinds(shipping_fees_pb2.ShippingFeeWay, "DELIVERY", "To the shopper, or to his store.")]
    shipping_methods: Annotated[list[str], eg(["standard"], "None: all.")]
    channels: Annotated[list[str], eg([], "None: all.")]
    basis: Annotated[str | None, kinds(shipping_fees_pb2.ShippingFeeBasis, "AMOUNT", "By what its steps count.")]
    steps: Annotated[list[FeeStep], eg(_FREE_FROM, "From the lowest on.")]


class ShippingFees(Shown):
    """One version of all fees, and who put it in force."""

    version: Annotated[int, eg(1, "0: there never were any.")]
    rules: Annotated[list[Fee], said("What none of them names costs nothing.")]
    tax_class: Annotated[str, eg("standard", "Empty: not taxed.")]
    business_time: Time | None
    reason: Annotated[str, eg("freight contract of 2027", "Why they changed.")]
    actor_kind: Annotated[str, eg("hq", "The kind of who put it in force.")]
    actor_id: Annotated[str, eg("019ab0f1-0000-7000-8000-000000000001", "Who put it in force.")]


class ShippingFeesAnswer(Shown):
    """The fees in force, or those of a version."""

    fees: Annotated[ShippingFees, said("As they stand.")]


class ShippingFeesPage(Shown):
    """Versions, newest first."""

    versions: Annotated[list[ShippingFees], said("Versions, newest first.")]
    next_page_token: NextPage


class ShippingDiscount(Shown):
    """What a promotion rule took off a fee."""

    rule_id: Annotated[str, eg("free-shipping")]
    rule_version: Annotated[str, eg("1")]
    amount: Annotated[int, eg(80, "Minor units, positive.")]


class ShippingCharge(Shown):
    """What bringing an order's shipped lines costs."""

    fee_id: FeeId
    version: Annotated[int, eg(1, "Of the fees that it was priced by.")]
    way: Annotated[str | None, kinds(shipping_fees_pb2.ShippingFeeWay, "DELIVERY", "To the shopper, or to his store.")]
    shipping_method: Annotated[str, eg("standard", "One of the brand's methods.")]
    line_nos: Annotated[list[int], eg([1], "The lines that it is for.")]
    list_total: Annotated[Money | None, price(80, "Before promotion rules.")]
    discounts: Annotated[list[ShippingDiscount], said("What promotion rules took off it.")]
    net_total: Annotated[Money | None, price(0, "After them, never below 0.")]
    tax_total: Annotated[Money | None, price(0, "Inside net_total, or on top: see tax_included.")]
    total: Annotated[Money | None, price(0, "What the shopper pays for it.")]
    state: Annotated[
        str | None,
        kinds(shipping_fees_pb2.ShippingChargeState, "OWED", "CHARGED with the first that is sent; else RELEASED."),
    ]
