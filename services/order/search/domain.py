"""What somebody looks for among all orders, and how far back a search without an index may go."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from kit.errors import invalid
from services.order.checkout.domain import ChannelKind, State

MAX_MEMBERS = 10
_MAX_TEXT = 64
# a good is looked for order by order
_OF_A_STORE, _OF_ALL = timedelta(days=92), timedelta(days=7)
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Search:
    """Everything that must fit; what is empty fits all."""

    member_ids: tuple[str, ...] = ()
    order_no: str = ""
    sku: str = ""
    state: State | None = None
    channel_kind: ChannelKind | None = None
    location_id: str = ""
    start: datetime = _FIRST
    end: datetime = _LAST

    @property
    def narrow(self) -> bool:
        """Whether an index leads to few orders."""
        return bool(self.member_ids or self.order_no)


def checked(search: Search, now: datetime) -> Search:
    """The search, if it can be answered; a good alone is looked for in the newest orders."""
    if len(search.member_ids) > MAX_MEMBERS:
        raise invalid("member_ids", f"must hold at most {MAX_MEMBERS}")
    for field in ("order_no", "sku", "location_id"):
        if len(getattr(search, field)) > _MAX_TEXT:
            raise invalid(field, f"must have at most {_MAX_TEXT} characters")
    if search.start >= search.end:
        raise invalid("end_time", "must lie after start_time")
    if not search.sku or search.narrow:
        return search
    longest = _OF_A_STORE if search.location_id else _OF_ALL
    if search.start == _FIRST:
        search = replace(search, start=max(_FIRST, min(search.end, now + timedelta(days=1)) - longest))
    if min(search.end, now + timedelta(days=1)) - search.start > longest:
        raise invalid("start_time", f"must lie at most {longest.days} days back from the end to look for a good")
    return search
