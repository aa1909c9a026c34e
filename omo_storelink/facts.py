"""Facts, their lanes, and the frames in which they travel."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from google.protobuf.message import Message

from omo.storefacts.v1 import facts_pb2 as pb
from omo.storelink.v1 import storelink_service_pb2 as link

Fact: TypeAlias = pb.SaleFact | pb.StockFact | pb.PeopleFact | pb.AttributionFact
Frame: TypeAlias = pb.SalesFrame | pb.StockFrame | pb.PeopleFrame | pb.AttributionFrame

MAX_FACTS = 50
MAX_BYTES = 48 * 1024

LANES: tuple[int, ...] = (pb.LANE_SALES, pb.LANE_STOCK, pb.LANE_PEOPLE, pb.LANE_ATTRIBUTION)

_LANE_OF: Mapping[str, int] = {
    "SaleFact": pb.LANE_SALES,
    "StockFact": pb.LANE_STOCK,
    "PeopleFact": pb.LANE_PEOPLE,
    "AttributionFact": pb.LANE_ATTRIBUTION,
}
_FACT_OF: Mapping[int, type[Message]] = {
    pb.LANE_SALES: pb.SaleFact,
    pb.LANE_STOCK: pb.StockFact,
    pb.LANE_PEOPLE: pb.PeopleFact,
    pb.LANE_ATTRIBUTION: pb.AttributionFact,
}
_FRAME_OF: Mapping[int, Any] = {
    pb.LANE_SALES: (pb.SalesFrame, "sales"),
    pb.LANE_STOCK: (pb.StockFrame, "stock"),
    pb.LANE_PEOPLE: (pb.PeopleFrame, "people"),
    pb.LANE_ATTRIBUTION: (pb.AttributionFrame, "attribution"),
}


def lane_of(fact: Fact) -> int:
    """The lane that a fact belongs to."""
    return _LANE_OF[fact.DESCRIPTOR.name]


def key_of(fact: Fact) -> str:
    """What makes a fact the same when it is recorded again."""
    return fact.sale_id if isinstance(fact, pb.SaleFact) else fact.fact_id


def written(fact: Fact) -> bytes:
    """The fact as the journal keeps it: the same fact is always the same bytes."""
    return fact.SerializeToString(deterministic=True)


def read(lane: int, payload: bytes) -> Any:
    """The fact that was journaled."""
    return _FACT_OF[lane].FromString(payload)


def frames(
    lane: int, first: int, payloads: Iterable[bytes], max_facts: int = MAX_FACTS, max_bytes: int = MAX_BYTES
) -> Iterator[Frame]:
    """Cuts facts into frames within both limits; one that is larger goes alone, and the door judges it."""
    make = _FRAME_OF[lane][0]
    frame, size = make(first_sequence=first), 0
    for payload in payloads:
        added = len(payload) + 6  # its tag, and a length of at most 5 bytes
        if frame.facts and (len(frame.facts) >= max_facts or size + added > max_bytes - 16):
            yield frame
            frame, size = make(first_sequence=frame.first_sequence + len(frame.facts)), 0
        frame.facts.add().ParseFromString(payload)
        size += added
    if frame.facts:
        yield frame


def empty(lane: int) -> Frame:
    """A frame without facts: its answer tells where the lane stands."""
    frame: Frame = _FRAME_OF[lane][0](first_sequence=1)
    return frame


def message(lane: int, frame: Frame) -> link.SessionRequest:
    """The frame as the session sends it."""
    request = link.SessionRequest()
    getattr(request, _FRAME_OF[lane][1]).CopyFrom(frame)
    return request
