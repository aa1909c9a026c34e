"""What bringing an order's shipped lines costs: from the brand's terms, through the one engine, to the order."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from omo_pricing import Fee, Priced
from services.order.checkout.domain_delivery import STANDARD, Delivery
from services.order.freight.domain import Basis, Rule, Terms, Way

TO_STORE = "ship_to_store"
"""The method by which promotion rules mean what goes to a store; what goes home they mean by its shipping method."""
_KEY = "shipping"


class State(StrEnum):
    """Where a fee stands."""

    OWED = "OWED"
    CHARGED = "CHARGED"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"


class Taken(NamedTuple):
    """What a rule took off it."""

    rule_id: str
    rule_version: str
    amount: int


@dataclass(frozen=True, slots=True)
class Route:
    """Which way shipped goods go, and by which of the brand's methods."""

    way: Way
    method: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One fee for all of an order's shipped lines; `total` is what the shopper pays for it."""

    fee_id: str
    version: int
    route: Route
    line_nos: tuple[int, ...]
    list_total: int
    net_total: int
    tax_total: int
    total: int
    rate_bp: int
    discounts: tuple[Taken, ...] = ()
    state: State = State.OWED

    @property
    def stands(self) -> bool:
        """Whether it is somebody's to pay."""
        return self.state in (State.OWED, State.CHARGED)


@dataclass(frozen=True, slots=True)
class Asked:
    """By what shipped lines are charged; without a rule that way is free."""

    terms: Terms
    route: Route
    line_nos: tuple[int, ...]
    rule: Rule | None
    rate_bp: int

    @property
    def by_amount(self) -> bool:
        """Whether the fee depends on what the goods come to."""
        return self.rule is not None and self.rule.basis is Basis.AMOUNT

    def fees(self, goods: int, units: int) -> tuple[Fee, ...]:
        """What the engine is to price, for goods that come to so much and are so many units."""
        if self.rule is None:
            return ()
        method = TO_STORE if self.route.way is Way.SHIP_TO_STORE else self.route.method
        return (Fee(_KEY, method, self.rule.fee(goods, units), self.terms.tax_class, self.rate_bp * 100),)

    def charge(self, priced: Priced) -> Charge | None:
        """What the engine made of it."""
        if self.rule is None:
            return None
        (fee,) = priced.fees
        versions = {done.rule_id: done.rule_version for done in priced.applied}
        return Charge(
            fee_id=self.rule.fee_id,
            version=self.terms.version,
            route=self.route,
            line_nos=self.line_nos,
            list_total=fee.gross,
            net_total=fee.net,
            tax_total=fee.tax,
            total=fee.total,
            rate_bp=self.rate_bp,
            discounts=tuple(Taken(rule_id, versions[rule_id], amount) for rule_id, amount in fee.discounts.items()),
        )


def asked(
    terms: Terms, tax_rates: Mapping[str, int], route: Route, channel_id: str, line_nos: tuple[int, ...]
) -> Asked | None:
    """By what these lines are charged; None where nothing ships, or the brand has no fees at all."""
    if not terms.rules or not line_nos:
        return None
    rule = terms.rule(route.way, route.method, channel_id)
    # a class that was named is never taken away: an unknown one must end here, not on an invoice as free of tax
    return Asked(terms, route, line_nos, rule, tax_rates[terms.tax_class] if terms.tax_class else 0)


def route(given: Delivery | None) -> Route:
    """The way that goods go as somebody said, or the usual one."""
    if given is None:
        return Route(Way.DELIVERY, STANDARD)
    return Route(Way.SHIP_TO_STORE if given.collect_location_id else Way.DELIVERY, given.shipping_method or STANDARD)
