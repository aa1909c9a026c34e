"""Opens tasks, and ends those that settled themselves, inside the transaction of whatever found them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kit import access, outbox
from kit.postgres import Tx
from services.inventory.tasks import store, wire


async def open(  # noqa: A001
    tx: Tx, kind: str, location_id: str, subject: str, payload: Mapping[str, object], now: datetime
) -> bool:
    """Opens a task; False if one of this kind stands for the subject at the location already."""
    return bool(await open_many(tx, [(kind, location_id, subject, payload)], now))


async def open_many(tx: Tx, wanted: Sequence[tuple[str, str, str, Mapping[str, object]]], now: datetime) -> int:
    """Opens tasks (kind, location, subject, details); returns how many are new."""
    rows = [
        (kind, place, subject, {str(name): str(value) for name, value in details.items()})
        for kind, place, subject, details in wanted
    ]
    made = await store.open_many(tx, rows, access.current().actor, now)
    await outbox.append(tx, *map(wire.changed, made))
    return len(made)


async def settle(tx: Tx, keys: Sequence[tuple[str, str, str]], resolution: str, now: datetime) -> int:
    """Ends those of these (kind, location, subject) that stand; returns how many."""
    found = await store.standing(tx, sorted(set(keys)))
    actor = access.current().actor
    for task in found:
        ended = replace(task, state="RESOLVED", resolution=resolution, version=task.version + 1, update_time=now)
        await store.put(tx, ended, actor)
        await outbox.append(tx, wire.changed(ended))
    return len(found)
