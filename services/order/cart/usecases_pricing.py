"""Prices a cart by the path of every quote, and lists what that path would refuse."""

import re
from dataclasses import dataclass, field, replace

from kit.clock import Clock
from kit.errors import Fault
from services.order.cart import domain, domain_problems
from services.order.cart.domain import MAX_LINES, Cart, Frozen, Line
from services.order.cart.domain_problems import Kind, Priced, Problem
from services.order.cart.stock import Shelves
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Basket, CouponUnknown, KeptPrice, Quote, Want
from services.order.checkout.store_quotes import Opening, Wanted
from services.order.checkout.usecases_openings import Openings
from services.order.checkout.usecases_pricing import Pricing

_LINE = re.compile(r"lines\[(\d+)\]")
_SPEND = re.compile(r"spends(\[\d+\])?|spend_points")


@dataclass(slots=True)
class _Trying:
    """A basket that gets smaller until it can be priced."""

    lines: list[Line]
    wants: list[Want]
    basket: Basket
    problems: list[Problem] = field(default_factory=list)

    def now(self) -> Basket:
        return replace(self.basket, wants=tuple(self.wants))


class CartPrices:
    """What a cart costs now, and what is wrong with it."""

    def __init__(
        self, openings: Openings, pricing: Pricing, shelves: Shelves, clock: Clock, ways: dict[str, int]
    ) -> None:
        self._openings = openings
        self._pricing = pricing
        self._shelves = shelves
        self._clock = clock
        self._ways = ways

    async def price(self, cart: Cart) -> Priced:
        """The price of whatever of it can be priced."""
        now = self._clock()
        lines = cart.contents.lines[:MAX_LINES]
        freeze = cart.frozen(now)
        if freeze is not None and freeze.kind is Frozen.HARD and freeze.quote is not None:
            return Priced(freeze.quote, lines)
        if not lines:
            return Priced()
        basket = domain.basket(cart, now, lines)
        opening = await self._openings.look_up(Wanted(cart.member_id))
        trying = _Trying(list(lines), list(basket.wants), basket)
        quote = await self._shrunk(trying, opening)
        return Priced(quote, tuple(trying.lines), tuple(trying.problems))

    async def problems(self, cart: Cart, priced: Priced) -> tuple[tuple[Problem, ...], bool]:
        """All that is wrong with it, and whether inventory could be asked."""
        shelf = await self._shelves.look(cart.channel_id, cart.contents.lines)
        return domain_problems.every(cart, priced, shelf, self._ways, self._clock()), shelf.known

    async def frozen(self, cart: Cart, kind: Frozen, priced: Priced) -> tuple[KeptPrice, ...]:
        """What each good costs now, to be kept."""
        if kind is Frozen.HARD:
            return ()
        opening = await self._openings.look_up(Wanted(cart.member_id))
        return await self._pricing.kept(domain.basket(replace_freeze(cart), self._clock(), priced.lines), opening)

    async def _shrunk(self, trying: _Trying, opening: Opening) -> Quote | None:
        """The first refusal of a line has every line tried alone, so that each try of all takes out a rare rest."""
        alone = False
        while trying.wants:
            try:
                return await self._pricing.price(trying.now(), opening)
            except Fault as fault:
                if _LINE.match(fault.metadata.get("field", "")) and not alone:
                    alone = True
                    await self._each_alone(trying, opening)
                elif not _without(trying, fault):
                    raise
        return None

    async def _each_alone(self, trying: _Trying, opening: Opening) -> None:
        bare = Basket(trying.basket.channel_id, (), trying.basket.member_id, kept=trying.basket.kept)
        for place in reversed(range(len(trying.wants))):
            try:
                await self._pricing.price(replace(bare, wants=(trying.wants[place],)), opening)
            except Fault as fault:
                if not _LINE.match(fault.metadata.get("field", "")):
                    raise
                _mend(trying, place, fault)
        trying.problems.reverse()


def replace_freeze(cart: Cart) -> Cart:
    """The cart with prices that move."""
    return replace(cart, contents=replace(cart.contents, freeze=None))


def _without(trying: _Trying, fault: Fault) -> bool:
    """Leaves out what was refused; False if that is nothing of the shopper's doing."""
    where = fault.metadata.get("field", "")
    if isinstance(fault, CouponUnknown):
        code = fault.metadata["code"]
        trying.problems.append(Problem(Kind.CODE_NOT_APPLICABLE, code=code, reason=fault.reason))
        kept = tuple(each for each in trying.basket.codes if each.strip().casefold() != code.strip().casefold())
        trying.basket = replace(trying.basket, codes=kept)
        return True
    if found := _LINE.match(where):
        _mend(trying, int(found[1]), fault)
        return True
    if _SPEND.match(where) and (trying.basket.spends or trying.basket.spend_points):
        trying.problems.append(Problem(Kind.SPEND_NOT_APPLICABLE, reason=fault.reason))
        trying.basket = replace(trying.basket, spends=(), spend_points=0)
        return True
    return False


def _mend(trying: _Trying, place: int, fault: Fault) -> None:
    """A line whose way is gone is priced as if it were shipped; one that nobody sells is left out."""
    problem = domain_problems.of_fault(fault, trying.lines[place])
    trying.problems.append(problem)
    shipped = replace(trying.wants[place], method=Method.SHIP, fulfilment_location_id="")
    if problem.kind is Kind.DELIVERY_METHOD_STALE and trying.wants[place] != shipped:
        trying.wants[place] = shipped
        return
    del trying.wants[place], trying.lines[place]
