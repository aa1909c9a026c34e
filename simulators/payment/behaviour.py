"""What each test instrument does, as a card's number would at a real provider's sandbox."""

from dataclasses import replace

from kit.ids import uuid7
from simulators.payment.store import WAITING, Book, Notice, Payment

OK = "sim_ok"
DECLINE = "sim_decline"
SLOW = "sim_slow"
REDIRECT = "sim_redirect"
NEVER = "sim_never"
# authorised, but whoever captures is refused: always, or the first time
NO_CAPTURE = "sim_no_capture"
CAPTURE_LATER = "sim_capture_later"
# says that another amount than the one asked for was authorised
OTHER_AMOUNT = "sim_other_amount"
# captured, but not given back: refused at once, given later, refused later
NO_REFUND = "sim_no_refund"
SLOW_REFUND = "sim_slow_refund"
FAILED_REFUND = "sim_failed_refund"

_AT_ONCE = (OK, NO_CAPTURE, CAPTURE_LATER, OTHER_AMOUNT, NO_REFUND, SLOW_REFUND, FAILED_REFUND)
_OPENS = {
    **dict.fromkeys(_AT_ONCE, ("authorised", "")),
    DECLINE: ("declined", "insufficient_funds"),
    SLOW: ("waiting", ""),
    REDIRECT: ("redirect", ""),
    NEVER: ("waiting", ""),
}
_OPEN_STATES = ("waiting", "redirect")


class Desk:
    """Takes wishes and answers them by the book."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def authorise(self, wish: Payment) -> tuple[Payment, bool]:
        """The payment under the wish's key, and whether it was opened just now."""
        state, code = _OPENS.get(wish.instrument, ("declined", "unknown_instrument"))
        return self._book.open(replace(wish, reference=uuid7(), state=state, code=code))

    def settle(self, key: str, paid: bool) -> Payment | None:
        """The shopper, or time, has decided; the shop is to be told. None if there is nothing to decide."""
        payment = self._book.find(key)
        state, code = ("authorised", "") if paid else ("declined", "refused_by_shopper")
        if payment is None or not self._book.move(key, _OPEN_STATES, state, code):
            return payment
        kind = "AUTHORISED" if paid else "DECLINED"
        self._book.note(Notice(uuid7(), key, kind, payment.amount, payment.reference, code))
        return replace(payment, state=state, code=code)

    def capture(self, key: str, part: str, amount: int) -> str:
        """Why it is refused; empty if it was taken."""
        payment = self._book.find(key)
        if payment is None or payment.state not in ("authorised", "captured"):
            return "not_authorised"
        known = self._book.part(key, "capture", part)
        if known is not None:
            return known
        refused = "instrument_closed" if payment.instrument == NO_CAPTURE else ""
        if payment.instrument == CAPTURE_LATER and not self._book.parts(key, "capture"):
            refused = "try_again_later"
        if not refused and self._book.total(key, "capture") + amount > payment.amount:
            refused = "more_than_authorised"
        self._book.add_part(key, "capture", part, amount, refused)
        if not refused:
            self._book.move(key, ("authorised",), "captured")
        return refused

    def refund(self, key: str, part: str, amount: int) -> str:
        """Why it is refused; empty if it was given."""
        known = self._book.part(key, "refund", part)
        if known is not None:
            return known
        over = self._book.total(key, "refund") + amount > self._book.total(key, "capture")
        refused = "more_than_captured" if over else self._refusal(key)
        self._book.add_part(key, "refund", part, amount, refused)
        return refused

    def _refusal(self, key: str) -> str:
        payment = self._book.find(key)
        instrument = payment.instrument if payment else ""
        if instrument == NO_REFUND:
            return "instrument_closed"
        return WAITING if instrument in (SLOW_REFUND, FAILED_REFUND) else ""

    def settle_refund(self, key: str, part: str) -> None:
        """Time has decided; the shop is to be told once."""
        payment = self._book.find(key)
        if payment is None or self._book.part(key, "refund", part) != WAITING:
            return
        code = "instrument_closed" if payment.instrument == FAILED_REFUND else ""
        amount = self._book.end_part(key, "refund", part, code)
        kind = "REFUND_FAILED" if code else "REFUNDED"
        self._book.note(Notice(uuid7(), key, kind, amount, payment.reference, code, part))

    def void(self, key: str) -> None:
        """Lets go what is not captured; before any wish it is a tombstone that a late one finds."""
        tombstone = Payment(key, uuid7(), 0, "", "", "", "voided")
        self._book.open(tombstone)
        self._book.move(key, ("authorised", *_OPEN_STATES), "voided")
