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
    "LightClient",
    "Msg",
    "NatsError",
    "NotFoundError",
    "RetentionPolicy",
    "StorageType",
    "StreamConfig",
]


class LightClient(Client):
    """nats-py's client with a lighter eye for headers: its own looks at each character of each name."""

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """`Name: value` per line; a name that is no token is passed over, as nats-py does."""
        found: dict[str, str] = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            words = name.split()
            if colon and len(words) == 1 and words[0].isascii():
                found[words[0].decode()] = value.strip().decode("utf-8", "replace")
        return found
