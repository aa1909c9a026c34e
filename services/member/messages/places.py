"""What stores are called: a message that is of a store names it in the language in which it is written."""

import json
from collections.abc import Mapping

from asyncpg import Record

from kit.postgres import Tx
from omo.inventory.v1.catalogue_events_pb2 import LocationChanged
from services.member.messages import store_places
from services.member.messages.domain_templates import STORE
from services.member.messages.store_places import Place

# whoever sends it tells the store's code; its name is ours to fill in
CODE = "location_id"


async def on_locations_changed(tx: Tx, heard: list[LocationChanged]) -> None:
    """Stores are opened and renamed."""
    await store_places.put(tx, [_place(one) for one in heard])


def _place(told: LocationChanged) -> Place:
    where = told.location
    return Place(where.location_id, where.name, where.names, told.meta.sequence)


def params(row: Record, locale: str = "") -> dict[str, str]:
    """A message's params; of a store whose name nobody has told us the code."""
    given: dict[str, str] = json.loads(row["params"])
    if CODE in given and STORE not in given:
        given[STORE] = _called(row, locale) or given[CODE]
    return given


def _called(row: Record, locale: str) -> str:
    names: Mapping[str, str] = json.loads(row["place_names"] or "{}")
    return names.get(locale) or names.get(locale.partition("-")[0]) or row["place_name"] or ""
