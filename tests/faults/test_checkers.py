"""Every line of the invariants has failed once: each violation is planted into honest books, and found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.fleet.proof import Drift, Proved
from tests.harness import invariants
from tests.harness.books import Books, Event, Order, Payment, Refund, Timer
from tests.harness.hearing import HEARS
from tests.harness.history import History, Outcome
from tests.harness.invariants import CANCEL, PLACE, SELL

REPEATS = 1  # nothing here is left to chance
_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_EVENT = "omo.order.v1.OrderConfirmed"


def _books() -> Books:
    """Two orders that ended well: one confirmed and paid with points, one given up; a third waits for its payment."""
    done = Order("done", "CONFIRMED", "ONLINE", "lin", 10, 990, "1-0-a", "DONE", 990)
    gone = Order("gone", "CANCELLED", "ONLINE", "lin", 0, 990, "1-1-b", "DONE", 990)
    open_ = Order("open", "PENDING_PAYMENT", "ONLINE", "lin", 0, 990, "1-2-c", "PAY", 990)
    books = Books(_NOW)
    books.orders = {order.order_id: order for order in (done, gone, open_)}
    books.lines = {("done", 1): ("SCARF", 2, "SHIP")}
    books.timers = [Timer("checkout", "open", _NOW + timedelta(seconds=30), None, False, None)]
    books.stock_holds = {"done": ("done", "COMMITTED"), "gone": ("gone", "RELEASED"), "open": ("open", "ACTIVE")}
    books.allocations = {("done", 1): (2, 0, False)}
    books.points_holds = {"done": 2}
    books.earned = Counter(done=1)
    books.payments = {"done": Payment("authorised"), "gone": Payment("voided"), "open": Payment("waiting")}
    books.refunds = {"back": Refund("back", "done", "PAID", 0)}
    books.came_back = {("done", 1): 1}
    books.taken_in = {("done", 1): 1, ("nobody's", 1): 3}
    books.reversed = {"back"}
    books.told = {"order": [Event("e1", "done", _EVENT)]}
    books.taken = {consumer: Counter(e1=1) for consumer in ("inventory", "member", "attribution")}
    books.hearers = {
        consumer: {publisher: [f"omo.{publisher}.v1.{name}" for name in names] for publisher, names in heard.items()}
        for consumer, heard in HEARS.items()
    }
    books.proved = {service: [Proved("sums", 1)] for service in ("inventory", "member", "order", "attribution")}
    return books


def _history() -> History:
    history = History()
    for key, outcome, value in (
        ("1-0-a", Outcome.OK, "done"),
        ("1-1-b", Outcome.FAIL, "no"),
        ("1-2-c", Outcome.OK, "o"),
    ):
        history.append(1, PLACE, key, Outcome.INVOKE)
        history.append(1, PLACE, key, outcome, value)
    return history


def test_honest_books_are_left_in_peace() -> None:
    assert invariants.every(_books(), _history()) == {}


def _order(books: Books, order_id: str, **changes: object) -> None:
    books.orders[order_id] = replace(books.orders[order_id], **changes)  # type: ignore[arg-type]


def _drift(books: Books, service: str) -> None:
    books.proved[service] = [Proved("sums", 1, (Drift("sku=SCARF", "1", "2"),))]


def _held(books: Books, hold_id: str) -> None:
    books.stock_holds[hold_id] = (hold_id, "ACTIVE")


def _allocated(books: Books, order_id: str) -> None:
    books.allocations[order_id, 1] = (1, 0, False)


def _forgotten(books: Books) -> None:
    books.told["order"].append(Event("e2", "x", "omo.order.v1.RulesChanged", False))


def _over(books: Books) -> None:
    """The order that waited is confirmed, and its timer stands."""
    _order(books, "open", state="CONFIRMED", step="DONE")


def _refund(books: Books, **changes: object) -> None:
    books.refunds["back"] = replace(books.refunds["back"], **changes)  # type: ignore[arg-type]


def _timer(books: Books, **changes: object) -> None:
    books.timers = [replace(books.timers[0], **changes)]  # type: ignore[arg-type]


_PLANTED: list[tuple[str, str, Callable[[Books], object]]] = [
    ("I1", "sku=SCARF", lambda books: _drift(books, "inventory")),
    ("I1", "proved nothing", lambda books: books.proved.pop("inventory")),
    ("I1", "came back, and stock took in 0", lambda books: books.taken_in.clear()),
    ("I1", "came back, and stock took in 2", lambda books: books.taken_in.update({("done", 1): 2})),
    ("I3", "sku=SCARF", lambda books: _drift(books, "member")),
    ("I3", "earned 2 times", lambda books: books.earned.update(done=1)),
    ("I3", "earned nothing", lambda books: books.earned.clear()),
    ("I3", "were not looked at", lambda books: books.reversed.clear()),
    ("I3", "held when all is quiet", lambda books: books.held_points.update(lin=10)),
    ("I4", "sku=SCARF", lambda books: _drift(books, "order")),
    ("I4", "nobody goes on with it", lambda books: books.timers.clear()),
    ("I4", "looked at again only", lambda books: _timer(books, next_time=_NOW + timedelta(days=1))),
    ("I4", "nobody says why", lambda books: _timer(books, stuck=True)),
    ("I4", "its saga has not", _over),
    ("I4", "stock hold gone is for an order that is CANCELLED", lambda books: _held(books, "gone")),
    ("I4", "stock hold ghost is for an order that nobody knows", lambda books: _held(books, "ghost")),
    ("I4", "allocated to order gone", lambda books: _allocated(books, "gone")),
    ("I4", "sold 2 of SCARF, and 1 are allocated", lambda books: _allocated(books, "done")),
    ("I4", "points are held for order gone", lambda books: books.points_holds.update(gone=1)),
    ("I4", "10 points are not spent", lambda books: books.points_holds.update(done=3)),
    ("I4", "open is: STOCK", lambda books: _refund(books, open="STOCK PENDING")),
    ("I4", "refund back is PAYING", lambda books: _refund(books, state="PAYING")),
    ("I4", "were to be refunded, and the provider gave 0", lambda books: _refund(books, moved=5)),
    ("I4", "captured and kept", lambda books: books.payments.update(gone=Payment("captured", 990, 0))),
    ("I4", "stays authorised", lambda books: books.payments.update(gone=Payment("authorised"))),
    ("I4", "stays authorised", lambda books: books.payments.update({"gone:2": Payment("authorised")})),
    ("I4", "1 were captured and kept", lambda books: books.payments.update({"gone:2": Payment("captured", 9, 8)})),
    ("I4", "its payment is voided", lambda books: books.payments.update(done=Payment("voided"))),
    ("I4", "its payment is unknown", lambda books: books.payments.pop("done")),
    ("I5", "sku=SCARF", lambda books: _drift(books, "attribution")),
    ("I7", "never took", lambda books: books.taken["member"].clear()),
    ("I7", "took e1 2 times", lambda books: books.taken["member"].update(e1=1)),
    ("I7", "is not published", _forgotten),
    ("I7", "the broker disagrees", lambda books: books.hearers["member"]["order"].pop()),
    ("I7", "could not take", lambda books: books.dead.update(member=["OrderConfirmed e1: poison"])),
    ("I9", "refused and is there", lambda books: _order(books, "gone", state="CONFIRMED")),
    ("I9", "answered ok and is absent", lambda books: _order(books, "open", tag="")),
    ("I9", "is there 2 times", lambda books: _order(books, "open", tag="1-0-a")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "complaint", "plant"), _PLANTED, ids=lambda one: one if isinstance(one, str) else "")
def test_a_planted_violation_is_found(name: str, complaint: str, plant: Callable[[Books], object]) -> None:
    books = _books()
    plant(books)
    found = invariants.every(books, _history())
    assert any(complaint in line for line in found.get(name, ())), found


def test_an_order_announced_twice_is_found() -> None:
    books = _books()
    books.told["order"].append(Event("e2", "done", _EVENT))
    assert any("announced as confirmed 2 times" in line for line in invariants.i4_orders(books))
    books.told["order"].clear()
    assert any("nobody was told" in line for line in invariants.i4_orders(books))


def test_two_answers_to_one_key_are_found() -> None:
    history = _history()
    history.append(1, PLACE, "1-0-a", Outcome.OK, "done")
    assert invariants.i8_answers(history, PLACE) == []
    history.append(1, PLACE, "1-0-a", Outcome.OK, "another")
    assert invariants.i8_answers(history, PLACE) == ["place 1-0-a was answered ['another', 'done']"]


@pytest.mark.parametrize(("op", "key"), [(CANCEL, "1-0-a"), (SELL, "receipt")])
def test_what_was_promised_and_did_not_happen_is_found(op: str, key: str) -> None:
    history = _history()
    history.append(1, op, key, Outcome.INVOKE)
    history.append(1, op, key, Outcome.OK)
    assert invariants.i9_history(_books(), history) == [f"{op} {key} answered ok and is absent"]
