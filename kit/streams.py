"""The JetStream side of events: names, the connection, streams and durable consumers."""

import zlib
from collections.abc import Callable, Sequence
from datetime import datetime

from google.protobuf.message import Message

from kit.nats_client import (
    AckPolicy,
    Client,
    ConsumerConfig,
    DiscardPolicy,
    JetStreamContext,
    LightClient,
    NatsError,
    NotFoundError,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from kit.telemetry import logs, metrics

PARTITIONS = 16
MAX_BYTES = 512 * 1024 * 1024
MAX_AGE = 7 * 24 * 3600.0  # as long as the outbox keeps its rows
DUPLICATE_WINDOW = 120.0
ACK_WAIT = 30.0
MAX_ACK_PENDING = 256
# a net below our own dead letters, which take a message at its fifth delivery
MAX_DELIVER = 10

_log = logs.get(__name__)


def partition(aggregate_id: str) -> int:
    """Which of the 16 partitions an aggregate's events go to; the same in every process and for ever."""
    return zlib.crc32(aggregate_id.encode()) % PARTITIONS


def subject(event_type: str, aggregate_id: str) -> str:
    """`<proto full name>.<p>`."""
    return f"{event_type}.{partition(aggregate_id):02d}"


def stream_of(message_type: type[Message]) -> str:
    """The stream that carries events of this type: one per publishing service."""
    return stream_name(message_type.DESCRIPTOR.full_name.split(".")[1])


def stream_name(service: str) -> str:
    """The stream of a service: order → OMO_ORDER."""
    return f"OMO_{service.upper()}"


class Away(NatsError):
    """There is no connection to the broker at the moment; whoever needs one waits, or does without."""

    def __str__(self) -> str:
        return "the broker is away"


def require(client: Client) -> None:
    """Raises Away while there is no connection.

    Asking a client that never was connected would leave an inbox behind that
    the server has not heard of, and every later answer would go there.
    """
    if not client.is_connected:
        raise Away


async def settle(client: Client) -> None:
    """Returns when the server has every subscription and every message that it was sent until now.

    nats-py sends the ping of a flush past what still waits to be written, so
    that a pong may say nothing of a subscription made a moment ago. When it
    comes, that is written; the second ping stands behind it.
    """
    await client.flush()
    await client.flush()


async def connect(
    url: str, name: str, seed: str = "", *, on_closed: Callable[[], None] | None = None, wait: float = 5.0
) -> Client:
    """A connection that never stops trying and never buffers; waits until it is made."""
    client = LightClient()
    await reach(client, url, name, seed, on_closed=on_closed, wait=wait)
    return client


async def reach(
    client: Client,
    url: str,
    name: str,
    seed: str = "",
    *,
    on_closed: Callable[[], None] | None = None,
    wait: float = 5.0,
) -> None:
    """Connects a client, however late the broker comes; from then on it reconnects by itself.

    Without a buffer a publish fails at once while the server is away; with
    one, it would appear later although its caller was told that it failed.
    Inboxes carry the user's name, so that users cannot read each other's.
    """

    async def lost() -> None:
        metrics.NATS_CONNECTED.set(0)
        _log.warning("nats is away")

    async def found() -> None:
        metrics.NATS_CONNECTED.set(1)
        _log.info("nats is back")

    async def closed() -> None:
        metrics.NATS_CONNECTED.set(0)
        if on_closed:
            on_closed()

    async def failed(error: Exception) -> None:
        _log.warning("nats", error=str(error) or type(error).__name__)

    await client.connect(
        url,
        name=name,
        nkeys_seed_str=seed or None,
        inbox_prefix=f"_INBOX_{name}",
        pending_size=-1,
        connect_timeout=int(wait),
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=20,
        max_outstanding_pings=2,
        disconnected_cb=lost,
        reconnected_cb=found,
        closed_cb=closed,
        error_cb=failed,
    )
    metrics.NATS_CONNECTED.set(1)


async def ensure_stream(jetstream: JetStreamContext, stream: str, *, max_bytes: int = MAX_BYTES) -> datetime:
    """Makes the publisher's stream, or brings it to these settings; returns when it was made.

    Full means that a publish is refused and tried again (discard new): a
    stream that dropped old events instead would drop them unread.
    """
    wanted = StreamConfig(
        name=stream,
        subjects=[f"omo.{stream.removeprefix('OMO_').lower()}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=max_bytes,
        max_age=MAX_AGE,
        max_msg_size=128 * 1024,
        duplicate_window=DUPLICATE_WINDOW,
    )
    try:
        info = await jetstream.stream_info(stream)
    except NotFoundError:
        info = await jetstream.add_stream(wanted)
        _log.info("stream made", stream=stream)
    else:
        if _differs(info.config, wanted):
            info = await jetstream.update_stream(wanted, num_replicas=info.config.num_replicas)
    assert info.created is not None
    return info.created


def _differs(found: StreamConfig, wanted: StreamConfig) -> bool:
    names = ("subjects", "discard", "max_bytes", "max_age", "max_msg_size", "duplicate_window")
    return any(getattr(found, name) != getattr(wanted, name) for name in names)


async def ensure_consumer(jetstream: JetStreamContext, stream: str, durable: str, subjects: Sequence[str]) -> None:
    """Makes the durable, or gives it these filters; raises NotFoundError while the publisher has made no stream."""
    config = ConsumerConfig(
        name=durable,
        durable_name=durable,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=MAX_DELIVER,
        max_ack_pending=MAX_ACK_PENDING,
        filter_subjects=sorted(subjects),
    )
    await jetstream.add_consumer(stream, config)
