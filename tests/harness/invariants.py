"""The promises that hold whatever breaks (I1, I3, I4, I5, I7, I8, I9): each checker returns what contradicts it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from tests.harness import history as histories
from tests.harness.books import ACTIVE_POINTS, COMMITTED_POINTS, Books, Event, Order, Payment
from tests.harness.hearing import HEARS
from tests.harness.history import History, Outcome

# what clients do, by the names that histories use; keys are the order's tag, the sale's id
PLACE, CANCEL, SELL = "place", "cancel", "sell"

# an open order's saga is due again within this: the longest pause of the resumer, and the time to pay
HORIZON = timedelta(minutes=20)
_LIVE_PAYMENT = ("authorised", "captured")


def i1_stock(books: Books) -> list[str]:
    """No oversell: what is promised is on hand or explained, and every sum equals its journal."""
    return [*_drifts(books, "inventory"), *_not_taken_in(books)]


def i3_points(books: Books) -> list[str]:
    """Points are conserved, posted once for each order, and nothing is left in the clearing account."""
    twice = (f"points of order {key} were earned {times} times" for key, times in books.earned.items() if times > 1)
    left = (f"member {key} has {held} points held when all is quiet" for key, held in _clearing(books))
    earners = (order for order in books.orders.values() if order.state == "CONFIRMED" and order.member_id)
    missing = (
        f"order {order.order_id} earned nothing of {order.earn_base}"
        for order in earners
        if order.earn_base >= 10 and not books.earned[order.order_id]
    )
    kept = (
        f"points of refund {one.refund_id} were not looked at"
        for one in books.refunds.values()
        if books.orders[one.order_id].member_id and one.refund_id not in books.reversed
    )
    return [*_drifts(books, "member"), *twice, *left, *missing, *kept]


def i4_orders(books: Books) -> list[str]:
    """Every order is ended, or somebody is about to go on with it; nothing is held or paid for nobody."""
    return [
        *_drifts(books, "order"),
        *_unattended(books),
        *_confirmed_twice(books),
        *_stock_for_nobody(books),
        *_points_for_nobody(books),
        *_money_for_nobody(books),
        *_refunds_without_end(books),
    ]


def i5_credits(books: Books) -> list[str]:
    """One winner for each line, and pots that sum to what was sold."""
    return _drifts(books, "attribution")


def i7_events(books: Books) -> list[str]:
    """Every recorded event is published, and taken once by each service that declares to hear it."""
    return [*_unheard(books), *_other_hearers(books), *_buried(books)]


def i8_answers(history: History, op: str) -> list[str]:
    """The same key was given the same answer, however often it asked."""
    given: dict[str, set[str]] = {}
    for entry in history.entries:
        if entry.op == op and entry.type in (Outcome.OK, Outcome.FAIL):
            given.setdefault(entry.key, set()).add(str(entry.value))
    return [f"{op} {key} was answered {sorted(found)}" for key, found in given.items() if len(found) > 1]


def i9_history(books: Books, history: History) -> list[str]:
    """What clients were told is what the books say."""
    cancels = {entry.key for entry in history.entries if entry.op == CANCEL}
    mine = [order for order in books.orders.values() if order.tag in {entry.key for entry in history.entries}]
    placed = Counter(order.tag for order in mine if order.state != "CANCELLED" or order.tag in cancels)
    cancelled = Counter(order.tag for order in mine if order.state == "CANCELLED" and order.tag in cancels)
    sold = {entry.key: int(entry.key in books.orders) for entry in history.entries if entry.op == SELL}
    found = {PLACE: placed, CANCEL: cancelled, SELL: sold}
    return [line for op, there in found.items() for line in histories.check(history, op, there)]


def every(books: Books, history: History) -> dict[str, list[str]]:
    """All of them by name; only those that were broken."""
    found = {
        "I1": i1_stock(books),
        "I3": i3_points(books),
        "I4": i4_orders(books),
        "I5": i5_credits(books),
        "I7": i7_events(books),
        "I8": i8_answers(history, PLACE),
        "I9": i9_history(books, history),
    }
    return {name: complaints for name, complaints in found.items() if complaints}


def _drifts(books: Books, service: str) -> list[str]:
    checks = books.proved.get(service, [])
    if not checks:
        return [f"{service} proved nothing"]
    return [f"{check.name}: {drift}" for check in checks for drift in check.drifts]


def _clearing(books: Books) -> Iterator[tuple[str, int]]:
    open_for = {order.member_id for order in books.orders.values() if not order.ended and order.points_spent}
    return ((member, held) for member, held in books.held_points.items() if member not in open_for)


def _unattended(books: Books) -> Iterator[str]:
    sagas = {timer.key: timer for timer in books.timers if timer.kind == "checkout"}
    for order in books.orders.values():
        timer = sagas.get(order.order_id)
        if order.ended:
            if timer is not None:
                yield f"order {order.order_id} has ended and its saga has not"
        elif timer is None:
            yield f"order {order.order_id} is {order.state} and nobody goes on with it"
        elif timer.stuck and not timer.last_error:
            yield f"order {order.order_id} needs attention and nobody says why"
        elif not (timer.stuck or timer.leased or timer.next_time <= books.now + HORIZON):
            yield f"order {order.order_id} is looked at again only at {timer.next_time}"


def _confirmed_twice(books: Books) -> Iterator[str]:
    told = Counter(event.aggregate_id for event in _of(books, "order", "OrderConfirmed"))
    for order_id, times in told.items():
        if times > 1:
            yield f"order {order_id} was announced as confirmed {times} times"
    for order in books.orders.values():
        if order.channel_kind == "ONLINE" and order.state == "CONFIRMED" and not told[order.order_id]:
            yield f"order {order.order_id} is confirmed and nobody was told"


def _stock_for_nobody(books: Books) -> Iterator[str]:
    for hold_id, (order_id, state) in books.stock_holds.items():
        order = books.orders.get(order_id)
        if state == "ACTIVE" and (order is None or order.ended):
            yield f"stock hold {hold_id} is for an order that {_said(order)}"
    for (order_id, line_no), (quantity, handed_over, cancelled) in books.allocations.items():
        order = books.orders.get(order_id)
        if quantity > handed_over and not cancelled and (order is None or order.state == "CANCELLED"):
            yield f"{quantity - handed_over} of line {line_no} are allocated to order {order_id} that {_said(order)}"
    for (order_id, line_no), (sku, quantity, method) in books.lines.items():
        promised = books.allocations.get((order_id, line_no), (0, 0, False))[0]
        state = books.orders[order_id].state
        if state == "CONFIRMED" and method != "CARRY_OUT" and promised != quantity:
            yield f"order {order_id} sold {quantity} of {sku}, and {promised} are allocated"


def _points_for_nobody(books: Books) -> Iterator[str]:
    for hold_id, state in books.points_holds.items():
        order = books.orders.get(hold_id)
        if state == ACTIVE_POINTS and (order is None or order.ended):
            yield f"points are held for order {hold_id} that {_said(order)}"
    for order in books.orders.values():
        spent = order.state == "CONFIRMED" and order.channel_kind == "ONLINE" and order.points_spent
        if spent and books.points_holds.get(order.order_id) != COMMITTED_POINTS:
            yield f"order {order.order_id} is confirmed and its {order.points_spent} points are not spent"


def _money_for_nobody(books: Books) -> Iterator[str]:
    for key, payment in books.payments.items():
        order = books.orders.get(key.partition(":")[0])
        kept = payment.captured - payment.refunded
        if order is not None and not (order.ended and order.state == "CANCELLED"):
            continue
        if kept:
            yield f"{kept} were captured and kept for order {key} that {_said(order)}"
        if payment.state == "authorised":
            yield f"a payment stays authorised for order {key} that {_said(order)}"
    paid = _paid(books)
    for order in books.orders.values():
        owed = order.channel_kind == "ONLINE" and order.state == "CONFIRMED" and order.grand_total
        states = [one.state for one in paid.get(order.order_id, ())]
        if owed and not (states and all(state in _LIVE_PAYMENT for state in states)):
            yield f"order {order.order_id} is confirmed and its payment is {', '.join(states) or 'unknown'}"


def _not_taken_in(books: Books) -> Iterator[str]:
    """What came back of a sold line is in stock once; goods without a sold unit are no order's."""
    for order_id, line_no in sorted({key for key in books.taken_in if key[0] in books.orders} | set(books.came_back)):
        came, taken = books.came_back.get((order_id, line_no), 0), books.taken_in.get((order_id, line_no), 0)
        if came != taken:
            yield f"{came} of line {line_no} of order {order_id} came back, and stock took in {taken}"


def _refunds_without_end(books: Books) -> Iterator[str]:
    """Every consequence of a return has ended, and the provider gave what it was asked for, once."""
    moved = Counter[str]()
    for one in books.refunds.values():
        moved[one.order_id] += one.moved
        if one.state != "PAID" or one.open:
            yield f"refund {one.refund_id} is {one.state}, and open is: {one.open or 'nothing'}"
    paid = _paid(books)
    for order_id, amount in moved.items():
        given = sum(one.refunded for one in paid.get(order_id, ()))
        if given != amount:
            yield f"{amount} of order {order_id} were to be refunded, and the provider gave {given}"


def _paid(books: Books) -> dict[str, list[Payment]]:
    """The payments of each order: the first goes by its id, each further one by its number as well."""
    found: dict[str, list[Payment]] = {}
    for key, payment in books.payments.items():
        found.setdefault(key.partition(":")[0], []).append(payment)
    return found


def _said(order: Order | None) -> str:
    return f"is {order.state}" if order else "nobody knows"


def _of(books: Books, publisher: str, name: str) -> list[Event]:
    full = f"omo.{publisher}.v1.{name}"
    return [event for event in books.told.get(publisher, []) if event.name == full]


def _unheard(books: Books) -> Iterator[str]:
    for publisher, events in books.told.items():
        yield from (f"{event.name} {event.event_id} is not published" for event in events if not event.published)
        assert publisher, "an outbox has an owner"
    for consumer, heard in HEARS.items():
        taken = books.taken.get(consumer, Counter())
        yield from (f"{consumer} took {one} {times} times" for one, times in taken.items() if times > 1)
        for publisher, names in heard.items():
            for name in names:
                for event in _of(books, publisher, name):
                    if not taken[event.event_id]:
                        yield f"{consumer} never took {event.name} {event.event_id}"


def _other_hearers(books: Books) -> Iterator[str]:
    for consumer, heard in HEARS.items():
        for publisher, names in heard.items():
            declared = {f"omo.{publisher}.v1.{name}" for name in names}
            known = set(books.hearers.get(consumer, {}).get(publisher, ()))
            if declared != known:
                yield f"{consumer} should hear {sorted(declared ^ known)} of {publisher} or not: the broker disagrees"


def _buried(books: Books) -> Iterator[str]:
    for consumer, letters in books.dead.items():
        yield from (f"{consumer} could not take {letter}" for letter in letters)
