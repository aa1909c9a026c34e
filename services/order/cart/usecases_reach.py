"""Finds carts for those who may reach them, and settles what became of their orders."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access
from kit.access import Kind, Principal
from kit.clock import Clock
from kit.postgres import Tx
from services.order.cart import domain_merge, store, tokens
from services.order.cart.domain import Cart, CartUnknown, State
from services.order.checkout.store_placing import PLACE_ORDER

_TILLS = (Kind.STAFF, Kind.DEVICE)


def client(principal: Principal, given: str) -> str:
    """How a lock names who asks: nobody can pass for a till."""
    if principal.kind in _TILLS:
        return f"till:{principal.terminal_id or principal.id}"
    return f"{principal.kind.value.lower()}:{given}"


class Reach:
    """Whose cart is whose."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def get(self, tx: Tx, cart_id: str, client_id: str = "", token: str | None = "") -> Cart:
        """A cart, locked for this transaction and settled; CART_UNKNOWN for whom it is none of his business."""
        found = await store.locked(tx, [cart_id])
        if not found or not await self.may(tx, found[0], client_id, token):
            raise CartUnknown("no such cart", cart_id=cart_id)
        return await self.settled(tx, found[0])

    async def may(self, tx: Tx, cart: Cart, client_id: str, token: str | None) -> bool:
        """Nobody's cart is his who has its token, or a code of it (None); a member's is his, and his till's."""
        principal = access.current()
        if principal.kind in (Kind.HQ, Kind.SERVICE):
            return True
        if cart.member_id is None:
            trusted = token is None or principal.kind in _TILLS
            return trusted or tokens.opens(token or "", cart.token_hash)
        if principal.kind is Kind.MEMBER:
            return await store.means(tx, cart.member_id, principal.id)
        till = client_id or client(principal, "")
        return principal.kind in _TILLS and cart.lock is not None and cart.lock.client_id == till

    async def still(self, tx: Tx, cart: Cart, let_go: bool) -> bool:
        """Whether it is still his who asks for what he was answered before; or his till's that let it go by that."""
        # a request is its own only with the token that it was made with
        return (let_go and access.current().kind in _TILLS) or await self.may(tx, cart, "", None)

    async def of_member(self, tx: Tx, member_id: str) -> Cart | None:
        """A member's one cart, settled; what a merger of members brought together is joined."""
        found = await store.of_member(tx, member_id)
        rows = await store.locked(tx, [cart.cart_id for cart in found])
        carts = [cart for row in rows if (cart := await self.settled(tx, row)).state is State.ACTIVE]
        return await self._one(tx, carts) if carts else None

    async def settled(self, tx: Tx, cart: Cart) -> Cart:
        """The cart, ended if its order is confirmed and free again if that was undone."""
        if cart.checkout is None:
            return cart
        made = await store.made(tx, cart.checkout, PLACE_ORDER)
        if made is None and cart.checkout.live:
            return cart
        if made is not None and made.state in ("PENDING", "PENDING_PAYMENT"):
            return replace(cart, order_id=made.order_id)
        await store.leave(tx, cart.cart_id)
        free = replace(cart, checkout=None)
        if made is None or made.state != "CONFIRMED":
            return free
        ended = replace(
            free, state=State.ORDERED, order_id=made.order_id, version=cart.version + 1, change_time=self._clock()
        )
        await store.put(tx, ended, access.current().actor)
        return ended

    async def _one(self, tx: Tx, carts: Sequence[Cart]) -> Cart:
        """Where one of them is being ordered, the others wait; else all go into one, a locked one if there is any."""
        held = next((cart for cart in carts if cart.checkout is not None), None)
        if held is not None or len(carts) == 1:
            return held or carts[0]
        target, *others = sorted(carts, key=lambda cart: (cart.lock is None, cart.cart_id))
        for other in others:
            target = await self.join(tx, target, other)
        return target

    async def join(self, tx: Tx, target: Cart, other: Cart) -> Cart:
        """Both in the first; the other is MERGED."""
        now, actor = self._clock(), access.current().actor
        joined = replace(
            target,
            contents=domain_merge.join(target.contents, other.contents),
            version=target.version + 1,
            change_time=now,
        )
        gone = replace(
            other, state=State.MERGED, merged_into=target.cart_id, version=other.version + 1, change_time=now
        )
        await store.put(tx, gone, actor)
        await store.put(tx, joined, actor)
        return joined
