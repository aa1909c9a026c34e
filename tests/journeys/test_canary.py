"""A canary person's name, phone and address, looked for in every database, stream, log and cache: sealed or nowhere."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from cli.demo import brand
from cli.demo.brand import LIN
from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.stack.databases import SERVICES
from tests.harness.fleet import TestFleet
from tests.journeys import stages
from tests.journeys.baskets import SHIRT, paid_by

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

NAME, STREET, WORDS = "金絲雀", "鸚鵡路 88 巷 7 號", "canary-said-this"


def needles(tale: Tale) -> list[str]:
    """What would give the canary away, in every notation that somebody might write."""
    phone = tale.shopper.phone
    return [NAME, STREET, WORDS, phone, phone[1:], f"+886{phone[1:]}"]


async def test_the_canary_is_found_nowhere_but_sealed_and_then_not_at_all(fleet: TestFleet, tmp_path: Path) -> None:
    async with stages.opened(fleet, tmp_path) as tale:
        await _lives(tale)
        await tale.stage.settle()
        assert await _found(fleet, tale) == []
        await _takes_along(tale)
        assert await _found(fleet, tale) == []
        await _is_forgotten(tale)
        await tale.stage.settle()
        assert await _found(fleet, tale) == []
        _, drifts = await tale.stage.prove()
        assert drifts == []


async def _lives(tale: Tale) -> None:
    """Says his name, address and words everywhere where somebody can say them."""
    contact = {"name": NAME, "phone": tale.shopper.phone, "address": STREET}
    sealed = await tale.app.post("/v1/contacts", contact)
    lines = [{"sku": SHIRT, "quantity": 1, "method": "COLLECT", "fulfilment_location_id": brand.STORE}]
    order = {"channel_id": brand.WEB, "lines": lines, "contact_id": sealed["contact_id"]}
    placed = (await tale.app.post("/v1/orders", order | paid_by("sim_ok")))["order"]
    tale.order_id = placed["order_id"]
    await tale.app.post("/v1/me/wishes", {"sku": SHIRT, "note": f"{WORDS} {STREET}"})
    await tale.app.post("/v1/me/complaints", {"channel": "web", "text": f"{NAME} {WORDS}"})
    at = f"/v1/staff/members/{tale.member_id}"
    async with tale.counter(brand.STORE) as till:
        await till.sign_in(LIN)
        staff = tale.web.as_(till.staff_token)
        await staff.post(f"{at}/trials", {"skus": [SHIRT], "outcome": "LIKED", "note": f"{NAME} {WORDS}"})
        await staff.post(f"{at}/notes", {"text": f"lives at {STREET}"})
        await staff.get(f"{at}/panel")
    await tale.app.post(f"/v1/orders/{tale.order_id}/cancel", {"reason": "CHANGED_MIND"})


async def _takes_along(tale: Tale) -> None:
    """In the file that he is given, and in no other, everything stands in clear."""
    export_id = (await tale.app.post("/v1/me/exports"))["export"]["export_id"]

    async def read() -> Any:
        return (await tale.app.get(f"/v1/me/exports/{export_id}"))["export"]

    ready = await until("the export", read, lambda found: found["state"] == "READY")
    given = await tale.web.ask("GET", f"/v1/exports/{ready['download_token']}")
    with zipfile.ZipFile(io.BytesIO(given.content)) as packed:
        told = "".join(packed.read(name).decode() for name in packed.namelist())
    for needle in (NAME, STREET, WORDS, tale.shopper.phone[1:], tale.order_id):
        assert needle in told, needle


async def _is_forgotten(tale: Tale) -> None:
    erasure_id = (await tale.app.post("/v1/me/erasures", {"forfeit_value": True}))["erasure"]["erasure_id"]

    async def read() -> Any:
        return (await tale.hq.get(f"/v1/hq/erasures/{erasure_id}"))["erasure"]

    done = await until("the erasure", read, lambda found: found["state"] == "DONE")
    assert [one["service"] for one in done["receipts"]] == ["attribution", "inventory", "member", "order"]


async def _found(fleet: TestFleet, tale: Tale) -> list[str]:
    """Where any of it stands in clear."""
    wanted = needles(tale)
    places = [f"{service}.{where}" for service in SERVICES for where in await _in_database(fleet, service, wanted)]
    places += [f"stream {path.name}" for path in _files(fleet.servers.nats.data) if _holds(path.read_bytes(), wanted)]
    logs = fleet.fleet.plan.home.root
    places += [f"log {path.name}" for path in _files(logs / "log") if _holds(path.read_bytes(), wanted)]
    async with Redis.from_url(fleet.servers.valkey.url("operator")) as cache:
        async for key in cache.scan_iter(count=1_000):
            places += [f"cache {key!r}"] if _holds(key + (await cache.dump(key) or b""), wanted) else []
    return places


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _holds(content: bytes, wanted: list[str]) -> bool:
    return any(needle.encode() in content for needle in wanted)


async def _in_database(fleet: TestFleet, service: str, wanted: list[str]) -> list[str]:
    """Tables whose rows, as text, hold a needle in clear or as the hex of its bytes."""
    owner = await asyncpg.connect(fleet.database(service).owner_dsn)
    try:
        tables = await owner.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition ORDER BY relname"
        )
        pattern = "|".join([*map(re.escape, wanted), *(needle.encode().hex() for needle in wanted)])
        found = []
        for (table,) in tables:
            if await owner.fetchval(f'SELECT EXISTS (SELECT FROM "{table}" AS t WHERE t::text ~ $1)', pattern):
                found.append(table)
        return found
    finally:
        await owner.close()
