"""Gives back what bringing goods cost where the last of them is not returned, but given up: some came back before."""

from kit import access
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from kit.timers import Due
from services.order.checkout.domain import Order
from services.order.fulfilment import store_cancelled
from services.order.returns import domain, finding, granting, store, store_policy
from services.order.returns.domain import Return
from services.order.returns.domain_policy import Terms
from services.order.returns.granting import Granting, Receipt


class WayBack:
    """Looks once something was given up; a return without units carries the fee."""

    def __init__(self, clock: Clock, granting_: Granting) -> None:
        self._clock = clock
        self._granting = granting_

    async def due(self, tx: Tx, due: Due) -> None:
        """By the brand's terms of return, as if the last of the goods had come back too."""
        await store.lock_order(tx, due.key)
        order, terms = await finding.by_id(tx, due.key), await store_policy.newest(tx)
        if order.freight is None:
            return
        returns = [one for one in await store.of_order(tx, order.order_id) if _brought(order, one)]
        taken = [await granting.instead(tx, order, one.exchange_order_id) for one in returns]
        given = self._given(order, await self._reason(tx, order, returns, terms))
        how = Receipt(False, free=True, instead=any(taken))
        with access.acting_as(access.service("order")):
            if (await self._granting.plan(tx, order, given, terms, how)).fees.delivery:
                await store.insert(tx, given, access.current().actor)
                await self._granting.grant(tx, order, given, terms, how)

    async def _reason(self, tx: Tx, order: Order, returns: list[Return], terms: Terms) -> str:
        """One that the brand answers for, if anything came back for such; else why the rest was given up."""
        gone = await store_cancelled.of_order(tx, order.order_id)
        said = [*(one.reason for one in returns), *(one.reason for one in gone if _carries(order, one.line_no))]
        return next((one for one in said if one in terms.free_reasons), said[-1] if said else "")

    def _given(self, order: Order, reason: str) -> Return:
        now = self._clock()
        return Return(uuid7(), order.order_id, order.order_no, domain.State.INSPECTED, "", reason, (), now, now)


def _brought(order: Order, given: Return) -> bool:
    return given.state in domain.HERE and any(_carries(order, one.line_no) for one in given.units)


def _carries(order: Order, line_no: int) -> bool:
    return order.freight is not None and line_no in order.freight.line_nos
