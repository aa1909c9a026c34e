"""What the tax office takes and what it refuses, and the faults that can be had on demand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.einvoice.store import Book, Document

ACCEPTED, WAITING, REFUSED = "accepted", "waiting", "refused"
AWAY, REFUSE, WAIT, LOST = "away", "refuse", "wait", "lost"
FAULTS = (AWAY, REFUSE, WAIT, LOST)


@dataclass(slots=True)
class Fault:
    """What the next documents meet: `away` no answer, `lost` taken but unanswered, `refuse`, `wait` for a question."""

    mode: str = ""
    left: int = 0

    def take(self) -> str:
        """The fault that this document meets, if any."""
        if self.left <= 0:
            return ""
        self.left -= 1
        return self.mode


class Desk:
    """Takes documents and answers them by the book; one that was taken before is answered the same again."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.fault = Fault()

    def take(self, key: str, verb: str, body: Mapping[str, Any], fault: str) -> Document:
        """What becomes of a step."""
        known = self._book.find(key)
        if known is not None and known.state != REFUSED:
            return known
        if fault in (REFUSE, WAIT):
            state, code = (REFUSED, "SIM_REFUSED") if fault == REFUSE else (WAITING, "")
        else:
            state, code = self._judge(verb, body)
        document = Document(key, verb, state, code)
        self._book.put(document, json.dumps(body))
        return document

    def asked(self, key: str) -> Document | None:
        """What became of a step; one that waited is judged now."""
        known = self._book.find(key)
        if known is None or known.state != WAITING:
            return known
        state, code = self._judge(known.verb, json.loads(self._book.body(key)))
        ended = Document(key, known.verb, state, code)
        self._book.put(ended, self._book.body(key))
        return ended

    def _judge(self, verb: str, body: Mapping[str, Any]) -> tuple[str, str]:
        code = _RULES[verb](self._book, int(body["period"]), str(body["number"]), body)
        return (REFUSED, code) if code else (ACCEPTED, "")


def _issue(book: Book, period: int, number: str, body: Mapping[str, Any]) -> str:
    if book.invoice(period, number) is not None:
        return "NUMBER_USED"
    if body["sales"] + body["tax"] + body["free"] != body["total"]:
        return "AMOUNTS_DIFFER"
    if body["donation_code"] and (body["print"] or body["buyer"]):
        return "DONATION_EXCLUDES"
    if not body["print"] and not body["carrier_kind"] and not body["donation_code"]:
        return "PRINT_MISSING"
    book.issue(period, number, int(body["total"]))
    return ""


def _void(book: Book, period: int, number: str, _: Mapping[str, Any]) -> str:
    found = book.invoice(period, number)
    if found is None:
        return "NUMBER_UNKNOWN"
    if book.allowed(period, number):
        return "HAS_ALLOWANCE"
    book.void(period, number)
    return ""


def _allow(book: Book, period: int, number: str, body: Mapping[str, Any]) -> str:
    found = book.invoice(period, number)
    if found is None or found[1] != "ISSUED":
        return "NUMBER_UNKNOWN"
    if book.allowed(period, number) + int(body["amount"]) > found[0]:
        return "ALLOWANCE_EXCEEDS_INVOICE"
    book.allow(period, number, str(body["allowance"]), int(body["amount"]))
    return ""


def _void_allowance(book: Book, period: int, number: str, body: Mapping[str, Any]) -> str:
    return "" if book.void_allowance(period, number, str(body["allowance"])) else "ALLOWANCE_UNKNOWN"


_RULES = {"issue": _issue, "void": _void, "allow": _allow, "void_allowance": _void_allowance}
VERBS = tuple(_RULES)
