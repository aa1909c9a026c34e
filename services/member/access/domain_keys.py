"""Signing keys: which one signs, which are published, and when the next one comes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEY_LEAD = timedelta(hours=24)  # published before its first use: longer than any verifier caches
KEY_PERIOD = timedelta(days=30)
KEY_TAIL = timedelta(hours=2)  # the longest token's life, and what clocks may differ


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair by its id and its first use."""

    kid: str
    public: bytes
    private: bytes = field(repr=False)
    active_time: datetime


def signer(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The newest key that may be used already."""
    usable = [key for key in keys if key.active_time <= now]
    return max(usable, key=lambda key: key.active_time, default=None)


def published(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """Keys that some living token may name: the present one, those to come, and those just left."""
    ordered = sorted(keys, key=lambda key: key.active_time)
    following = [*ordered[1:], None]
    return [key for key, after in zip(ordered, following, strict=False) if not _gone(after, now)]


def _gone(after: SigningKey | None, now: datetime) -> bool:
    return after is not None and after.active_time + KEY_TAIL <= now


def next_key_time(keys: Sequence[SigningKey], now: datetime) -> datetime | None:
    """When a key made now should take over; None if it is not time for one.

    The very first key serves at once: nobody can hold an older set of keys.
    """
    if not keys:
        return now
    newest = max(key.active_time for key in keys)
    return now + KEY_LEAD if newest + KEY_PERIOD <= now + KEY_LEAD else None
