"""Sees whether somebody may collect what waits: by the shopper's PIN or code, or by a PIN of whom he named."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from kit import access
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.fulfilment import pins, store
from services.order.fulfilment.domain import PIN_TRIES, Fulfilment, PinLocked, PinWrong
from services.order.fulfilment.pins import Pins
from services.order.pickups import store as pickups
from services.order.pickups.codes import PickupCodeInvalid, PickupCodes
from services.order.pickups.domain import Collector, Handover, Proof, Proxy, ProxyState


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever came showed: one of both."""

    pin: str = ""
    code: str = ""


async def carry(tx: Tx, pins_: Pins, given: Iterable[Proxy], to_id: str) -> None:
    """These collect another task now, by the PIN that each was told."""
    for one in given:
        pin = pins_.make(to_id, pins_.show(one.fulfilment_id, one.pin_sealed))
        moved = replace(one, fulfilment_id=to_id, pin_hash=pin.hash, pin_sealed=pin.sealed)
        await pickups.move_proxy(tx, moved)


class Proofs:
    """Wrong PINs are counted outside the handover's transaction: what is refused must still be counted."""

    def __init__(self, clock: Clock, pins_: Pins, codes: PickupCodes) -> None:
        self._clock = clock
        self._pins = pins_
        self._codes = codes

    async def count_if_wrong(self, tx: Tx, held: Fulfilment, told: Told) -> None:
        """Refuses what could be no PIN or is no code of ours, and counts a PIN that is wrong."""
        if not held.by_pin:
            return
        if told.code:
            self._codes.check(told.code, held.fulfilment_id)
            return
        if not pins.well_formed(told.pin):
            raise invalid("pin", "must be six digits")
        hashed = self._pins.hash(held.fulfilment_id, told.pin)
        tries = await store.count_wrong(tx, held.fulfilment_id, hashed, PIN_TRIES)
        if tries is not None:
            raise _wrong("the PIN is not right", held, PIN_TRIES - tries)

    async def collector(self, tx: Tx, held: Fulfilment, told: Told) -> Collector | None:
        """Who came; None where he proves nothing."""
        if told.code:
            fits = self._codes.check(told.code, held.fulfilment_id)(held.pin_hash)
            return Collector(Proof.CODE) if fits else None
        if self._pins.same(held.fulfilment_id, told.pin, held.pin_hash):
            return Collector(Proof.PIN)
        proxy_id = await pickups.by_pin(tx, held.fulfilment_id, self._pins.hash(held.fulfilment_id, told.pin))
        return Collector(Proof.PIN, proxy_id) if proxy_id else None

    async def let(self, tx: Tx, held: Fulfilment, told: Told) -> Collector | None:
        """Who gets what is READY; None where nobody need prove anything. Refuses everybody else."""
        if not held.by_pin:
            return None
        if held.pin_tries >= PIN_TRIES:
            raise PinLocked(
                "too many wrong PINs: a manager makes a new one", fulfilment_id=held.fulfilment_id, field="pin"
            )
        found = await self.collector(tx, held, told)
        if found is not None:
            return found
        if told.code:
            raise PickupCodeInvalid("the PIN is another by now: have the code shown again", field="code")
        raise _wrong("the PIN has changed", held, PIN_TRIES)

    async def record(self, tx: Tx, held: Fulfilment, collector: Collector, rest_id: str | None = None) -> None:
        """Keeps who got it; whom the shopper named may also collect what waits on."""
        now = self._clock()
        told = Handover(held.fulfilment_id, held.order_id, collector, now, rest_id)
        await pickups.add_handover(tx, told, access.current().actor)
        if collector.proxy_id and (proxy := await pickups.lock_proxy(tx, collector.proxy_id)):
            await pickups.end_proxy(tx, replace(proxy, state=ProxyState.USED, end_time=now))
        if rest_id:
            await self._carry(tx, held, collector, rest_id, now)

    async def _carry(self, tx: Tx, held: Fulfilment, collector: Collector, rest_id: str, now: datetime) -> None:
        """By the PIN that each was told; who showed his gets a new one, as the shopper does, and is named anew."""
        for one in await pickups.proxies(tx, held.fulfilment_id):
            if one.proxy_id == collector.proxy_id:
                pin = self._pins.make(rest_id)
                head = (uuid7(), rest_id, one.masked_name, ProxyState.ACTIVE, now)
                await pickups.add_proxy(tx, Proxy(*head, pin.hash, pin.sealed))
            elif one.state is ProxyState.ACTIVE:
                await carry(tx, self._pins, [one], rest_id)


def _wrong(why: str, held: Fulfilment, tries_left: int) -> PinWrong:
    rule = "must be the PIN that the shopper was told for this pickup"
    return PinWrong(why, fulfilment_id=held.fulfilment_id, tries_left=tries_left, field="pin", rule=rule)
