"""The steps that the checkout asks of others: hold stock, hold points, authorise; and giving all of it back."""

from typing import TYPE_CHECKING

from kit import faultpoints
from kit.errors import Fault
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from omo.member.v1 import points_service_pb2 as points_pb
from services.order.checkout import wire_spends
from services.order.checkout.domain import Order
from services.order.checkout.domain_parts import payments
from services.order.checkout.domain_saga import Checkout, SagaFailed
from services.order.payments.domain import Ask, Authorised, Declined, Outcome, ProviderAway, Wait, money
from services.order.payments.splitting import Splits, agreed
from services.order.payments.usecases import Payments

if TYPE_CHECKING:  # they exist for the type checker only
    from omo.inventory.v1.stock_service_pb2_grpc import StockServiceAsyncStub
    from omo.member.v1.points_service_pb2_grpc import WalletServiceAsyncStub

_STEP_SECONDS = 2.0
_REASON = "ORDER_CANCELLED"

faultpoints.register("order.after_give_back", "order.after_release")


class Steps:
    """Each is idempotent by the order's id: whoever repeats it, in whatever process, changes nothing more."""

    def __init__(
        self, stock: "StockServiceAsyncStub", wallet: "WalletServiceAsyncStub", payments: Payments, splits: Splits
    ) -> None:
        self._stock = stock
        self._wallet = wallet
        self._payments = payments
        self._splits = splits

    async def hold_stock(self, order: Order, checkout: Checkout) -> None:
        """All lines or none; a cart hold that the shopper has counts as free and ends with it."""
        lines = [
            stock_pb2.HoldLine(
                line_no=line.line_no,
                sku=line.sku,
                location_id=line.fulfilment_location_id,
                pool_id=order.channel_id if line.pooled else "",
                quantity=line.quantity,
            )
            for line in order.lines
        ]
        asked = stock_pb.HoldRequest(
            request_id=order.order_id,
            order_id=order.order_id,
            member_id=order.member_id or "",
            lines=lines,
            replaces_hold_id=checkout.cart_hold_id,
        )
        try:
            await self._stock.Hold(asked, timeout=_STEP_SECONDS)
        except Fault as fault:
            raise _as_asked(fault) from fault.__cause__

    async def hold_points(self, order: Order) -> None:
        """Points and whatever else is spent, in one call; none where nothing is."""
        if not order.points_spent and not order.spends:
            return
        asked = points_pb.HoldRequest(
            request_id=order.order_id,
            member_id=order.member_id or "",
            points=order.points_spent,
            spends=wire_spends.spends(order.spends),
        )
        held = await self._wallet.Hold(asked, timeout=_STEP_SECONDS)
        if held.value != order.totals.points_value:
            raise SagaFailed("points changed their value meanwhile", cause="POINT_VALUE_CHANGED")

    async def authorise(self, order: Order, checkout: Checkout) -> tuple[Outcome, Order]:
        """The provider's word: from the journal if it told us already, else asked for; silence means wait.

        With it the order, which knows each of several payments that is secured.
        """
        if order.due == 0:
            return Authorised(""), order
        if len(payments(order.tenders)) > 1:
            return await self._splits.authorise(order, checkout)
        return await self._authorise(order, checkout), order

    async def _authorise(self, order: Order, checkout: Checkout) -> Outcome:
        known = money(order.tenders)
        if known.authorised:
            agreed(known.authorised, order.due)
            return Authorised(known.reference)
        if known.declined:
            return Declined(known.declined)
        total, currency = order.due, order.currency
        ask = Ask(order.order_id, total, currency, checkout.instrument_token, checkout.return_url)
        try:
            outcome = await self._payments.provider(checkout.provider).authorise(ask, _STEP_SECONDS)
        except ProviderAway:
            return Wait("")
        if isinstance(outcome, Authorised):
            agreed(outcome.amount, total)
        return outcome

    async def give_all_back(self, order: Order) -> None:
        """Money, points and stock, in this order; what was never taken leaves a tombstone against being taken late."""
        await self._payments.give_back(order.order_id)
        faultpoints.hit("order.after_give_back")
        order_id = order.order_id
        if order.points_spent or order.spends:
            points = points_pb.ReleaseRequest(
                request_id=f"{order_id}:release", hold_id=order_id, member_id=order.member_id or "", reason=_REASON
            )
            await self._wallet.Release(points, timeout=_STEP_SECONDS)
        stock = stock_pb.ReleaseRequest(request_id=f"{order_id}:release", hold_id=order_id, reason=_REASON)
        await self._stock.Release(stock, timeout=_STEP_SECONDS)
        faultpoints.hit("order.after_release")


def _as_asked(fault: Fault) -> Fault:
    """The refusal by the name that the order's caller gave the field."""
    if fault.metadata.get("field") != "replaces_hold_id":
        return fault
    again = Fault(
        fault.message.replace("replaces_hold_id", "cart_hold_id"),
        code=fault.code,
        reason=fault.reason,
        domain=fault.domain,
    )
    again.metadata.update(fault.metadata, field="cart_hold_id")
    return again
