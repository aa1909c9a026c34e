"""What the kit takes of nats-py: one place, so that it is loaded without its websocket half."""

from kit import lean

with lean.without("aiohttp"):
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.errors import Error as NatsError
    from nats.js import JetStreamContext
    from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
    from nats.js.errors import NotFoundError

__all__ = [
    "AckPolicy",
    "Client",
    "ConsumerConfig",
    "DiscardPolicy",
    "JetStreamContext",
    "Msg",
    "NatsError",
    "NotFoundError",
    "RetentionPolicy",
    "StorageType",
    "StreamConfig",
]
