"""The session's messages: tolerant reading of what tills send, and short ways to say what the door answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from kit.errors import Fault
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb

MAX_FACTS = 50
MAX_BYTES = 48 * 1024
MAX_IN_FLIGHT = 4

LANES: Mapping[str, int] = {
    "sales": facts.LANE_SALES,
    "stock": facts.LANE_STOCK,
    "people": facts.LANE_PEOPLE,
    "attribution": facts.LANE_ATTRIBUTION,
}

Frame = facts.SalesFrame | facts.StockFrame | facts.PeopleFrame | facts.AttributionFrame


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that no reader of the contract understands."""

    error: str


def read(data: bytes) -> pb.SessionRequest | Unreadable:
    """What came; the generated reader would end the stream over one bad message."""
    try:
        return pb.SessionRequest.FromString(data)
    except DecodeError as error:
        return Unreadable(str(error))


def add_session(servicer: Any, server: Any) -> None:
    """Adds the servicer as generated code does, but with the tolerant reader."""
    handlers = {
        "Session": grpc.stream_stream_rpc_method_handler(
            servicer.Session, request_deserializer=read, response_serializer=pb.SessionResponse.SerializeToString
        )
    }
    name = pb.DESCRIPTOR.services_by_name["StoreLinkService"].full_name
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))
    server.add_registered_method_handlers(name, handlers)


def now() -> Timestamp:
    """The machine's time."""
    stamp = Timestamp()
    stamp.GetCurrentTime()
    return stamp


def welcome(location_id: str, heartbeat_seconds: int, acks: Mapping[int, int]) -> pb.SessionResponse:
    """What the server has; a lane whose owner did not answer is left out."""
    known = [pb.LaneAck(lane=lane, durable_ack=ack) for lane, ack in sorted(acks.items())]  # type: ignore[arg-type]
    return pb.SessionResponse(
        welcome=pb.Welcome(
            acks=known,
            server_time=now(),
            heartbeat_seconds=heartbeat_seconds,
            max_facts=MAX_FACTS,
            max_bytes=MAX_BYTES,
            max_in_flight=MAX_IN_FLIGHT,
            location_id=location_id,
        )
    )


def ack(lane: Any, durable_ack: int) -> pb.SessionResponse:
    """The licence to trim."""
    return pb.SessionResponse(ack=pb.Ack(lane=lane, durable_ack=durable_ack))


def resend(lane: Any, from_sequence: int) -> pb.SessionResponse:
    """There is a gap."""
    return pb.SessionResponse(resend=pb.Resend(lane=lane, from_sequence=from_sequence))


def conflict(lane: Any, sequences: Sequence[int]) -> pb.SessionResponse:
    """The first content stands."""
    return pb.SessionResponse(conflict=pb.Conflict(lane=lane, sequences=sequences))


def refused(lane: Any, first_sequence: int, fault: Fault) -> pb.SessionResponse:
    """Nothing of the frame is stored; field and rule stand in the message."""
    return pb.SessionResponse(
        refused=pb.FrameRefused(lane=lane, first_sequence=first_sequence, reason=fault.reason, message=_said(fault))
    )


def heartbeat() -> pb.SessionResponse:
    """We live."""
    return pb.SessionResponse(heartbeat=pb.Heartbeat(sent_time=now()))


def drain(seconds: int) -> pb.SessionResponse:
    """Come again after this long."""
    return pb.SessionResponse(drain=pb.Drain(reconnect_after_seconds=seconds))


def tasks_changed(location_id: str, version: int) -> pb.SessionResponse:
    """Ask for the tasks with what you have."""
    return pb.SessionResponse(tasks_changed=pb.TasksChanged(location_id=location_id, version=version))


def _said(fault: Fault) -> str:
    field, rule = fault.metadata.get("field", ""), fault.metadata.get("rule", "")
    return fault.message if not field or field in fault.message else f"{field}: {rule or fault.message}"


Say = Callable[[pb.SessionResponse], Any]
