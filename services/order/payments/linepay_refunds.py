"""Gives back by LINE Pay, which keeps no keys of refunds: what was asked is noted, and looked for before the next."""

from datetime import timedelta

from services.order.payments.domain import Declined, ProviderAway
from services.order.payments.linepay_client import BROKEN, MISSET, OK, UNDER_WAY, Client
from services.order.payments.store_notes import Notes

# LINE Pay answers a refund within 20 s or not at all: after so much longer, one that is not on its list never will be
_SETTLED = timedelta(minutes=3)


class Refunds:
    """One refund of a payment after the other: whether it was given is seen by what had been given before it.

    A request whose answer was lost may take effect after we have looked. So
    the asking is noted before it is done, and while it may still take effect
    we only look; who asked and got a clear no may ask again at once.
    """

    def __init__(self, client: Client, notes: Notes) -> None:
        self._client = client
        self._notes = notes

    async def give(self, key: str, transaction: str, refund: str, amount: int, timeout: float) -> Declined | None:
        """A timer that was moved may be worked at twice: two who ask at once would be given twice."""
        async with self._notes.alone(key):
            return await self._once(key, transaction, refund, amount, timeout)

    async def _once(self, key: str, transaction: str, refund: str, amount: int, timeout: float) -> Declined | None:
        notes = await self._notes.of(key)
        if (ended := notes.get(f"ended:{refund}")) is not None:
            return Declined(ended) if ended else None
        given = await self._given(transaction, timeout)
        before = await self._before(key, notes, refund, given)
        code = ""
        if given < before + amount:
            asking = await self._asking(key, notes, refund)
            code = await self._ask(key, transaction, asking, amount, timeout)
            if code and await self._given(transaction, timeout) >= before + amount:
                code = ""  # a no because it was given before
        await self._notes.add(key, f"ended:{refund}", code)
        return Declined(code) if code else None

    async def _before(self, key: str, notes: dict[str, str], refund: str, given: int) -> int:
        """What had been given before this refund; it waits for the one that is open."""
        slots = [note for note in notes if note.startswith("refund:")]
        mine = next((note for note in slots if notes[note].startswith(f"{refund}|")), None)
        if mine is None:
            mine = f"refund:{len(slots)}"
            if any(f"ended:{notes[note].partition('|')[0]}" not in notes for note in slots):
                raise ProviderAway("another refund of this payment is under way", status="refund")
            await self._notes.add(key, mine, f"{refund}|{given}")
            notes = await self._notes.of(key)
            if notes[mine] != f"{refund}|{given}":
                raise ProviderAway("another refund of this payment is under way", status="refund")
        return int(notes[mine].partition("|")[2])

    async def _asking(self, key: str, notes: dict[str, str], refund: str) -> str:
        """The next note of asking for this refund, when all before it can have no effect any more."""
        asked = [note for note in notes if note.startswith("asked:") and note.split(":", 2)[2] == refund]
        # who took its turn in an earlier try may have asked right after, and before that was noted
        turns = [note for note in notes if note.startswith("refund:") and notes[note].startswith(f"{refund}|")]
        last = next(reversed(asked or turns), None)
        if last and f"no:{last}" not in notes and await self._notes.is_younger(key, last, _SETTLED):
            raise ProviderAway("a refund that was asked for may still be given", status="asked")
        return f"asked:{len(asked)}:{refund}"

    async def _ask(self, key: str, transaction: str, asking: str, amount: int, timeout: float) -> str:
        """The code of a no, if it is one."""
        await self._notes.add(key, asking, str(amount))
        wish = {"refundAmount": self._client.amount(amount)}
        code = str((await self._client.post(f"/v3/payments/{transaction}/refund", wish, timeout))["returnCode"])
        if code in MISSET:
            await self._notes.add(key, f"no:{asking}", code)
        if code in UNDER_WAY | MISSET | BROKEN:
            raise ProviderAway(f"the payment provider said {code}", status=code)
        return "" if code == OK else code

    async def _given(self, transaction: str, timeout: float) -> int:
        found = (await self._client.details(transaction, timeout)).get("refundList") or ()
        return sum(abs(self._client.minor(one["refundAmount"])) for one in found)
