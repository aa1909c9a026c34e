"""Every table that names a member is somebody's to hand out, to forget and to join when two members are one person."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from kit.settings import read
from services.member import main
from services.member.settings import Settings
from tests.harness.databases import Databases
from tests.house.tree import ROOT

_TABLES = """
SELECT relname, string_agg(attname, ' ' ORDER BY attname) AS columns
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
   AND (attname = 'member_id' OR attname ~ '^(survivor|absorbed|alias|advocate|friend|person|proven_by)(_id)?$')
 GROUP BY relname ORDER BY relname
"""

# Which no holding names, each with its reason.
NOT_HELD = {
    "member_keys": "destroyed by the erasure itself, with every holding's rows in one transaction",
    "merges": "which ids mean one person: the books need it, and it names nobody",
    "merge_candidates": "as merges",
    "value_freezes": "why value could not be spent: part of the books",
    "identity_cases": "who lost a number and why: as value_freezes",
    "referrals": "who brought whom: what it paid is in the books, under ids",
    "passkey_challenges": "lives for minutes, holds chance alone",
    "points_holds": "part of the points' books, named by its order",
}

# Which no merge part names, each with its reason.
NOT_JOINED = {
    "member_keys": "each id keeps its own key: what was sealed under it is opened by it",
    "member_tombstones": "nobody who was forgotten is merged",
    "member_aliases": "written by the merge itself",
    "merges": "written by the merge itself",
    "merge_candidates": "written by the merge itself",
    "contacts": "read under every id that means the person: orders name them by contact",
    "people_facts": "what tills told, as they told it",
    "personal_reads": "append-only and chained; read under every id that means the person",
    "timeline_records": "read under every id that means the person: nothing moves",
    "member_tag_changes": "history; read under every id that means the person",
    "tag_heads": "numbers events of one id",
    "wish_heads": "numbers events of one id",
    "survey_offers": "read under every id that means the person: nothing moves",
    "member_advisers": "a copy: attribution says who serves the survivor",
    "consent_heads": "written with consent_records",
    "exports": "what was asked under an id stays with it; one is open at a time",
    "erasures": "what was asked under an id stays with it; one is open at a time",
    "value_freezes": "stands on the id that it was put on",
    "identity_cases": "as value_freezes",
    "email_proofs": "lives for minutes, on the id for which it was asked",
    "push_subscriptions": "read under every id that means the person",
    "tier_imports": "what was said of one id from outside, kept as it was said",
    "tier_notices": "that one id was told of an end",
}


@pytest_asyncio.fixture(scope="module")
async def member(module_databases: Databases) -> main.Member:
    """The service, composed."""
    settings = read(Settings, {"OMO_ENV": "test", "OMO_SERVICE_SECRETS": json.dumps({"order": "a secret"})})
    made: Any = main.Member
    return made(settings, await module_databases.open("member"), lambda: datetime.now(UTC), None)  # type: ignore[no-any-return]


async def _tables(member: main.Member) -> list[str]:
    async with member.ground.db.read() as tx:
        return [row["relname"] for row in await tx.fetch(_TABLES)]


def _held(member: main.Member) -> set[str]:
    return {table for room in member.rooms for one in room.holdings for table in one.tables}


def _joined() -> Iterator[str]:
    """The sources of capabilities that have a merge part, by what they may say of tables."""
    for folder in sorted((ROOT / "services" / "member").iterdir()):
        if any(folder.glob("*joining*.py")):
            yield from (path.read_text() for path in _saying(folder))


def _saying(folder: Path) -> list[Path]:
    return [*folder.glob("store*.py"), *folder.glob("*joining*.py"), *folder.glob("moving*.py")]


async def test_every_table_that_names_a_member_is_handed_out_and_forgotten_by_somebody(member: main.Member) -> None:
    open_ = [one for one in await _tables(member) if one not in _held(member) and one not in NOT_HELD]
    assert open_ == [], "name them in a capability's personal.py, or above with a reason"


async def test_every_table_that_names_a_member_is_joined_by_somebody(member: main.Member) -> None:
    told = "\n".join(_joined())
    open_ = [one for one in await _tables(member) if one not in told and one not in NOT_JOINED]
    assert open_ == [], "name them in a capability's joining.py, or above with a reason"


async def test_no_reason_outlives_its_table(member: main.Member) -> None:
    tables = await _tables(member)
    assert [one for one in {*NOT_HELD, *NOT_JOINED} if one not in tables] == []


async def test_a_holding_names_only_tables_that_there_are(member: main.Member) -> None:
    async with member.ground.db.read() as tx:
        there = {
            row["relname"]
            for row in await tx.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        }
    assert sorted(_held(member) - there) == []


async def test_a_table_that_nobody_names_is_found(member: main.Member) -> None:
    """As if profile had forgotten its own."""
    others = {
        one for room in member.rooms if room is not member.profile for held in room.holdings for one in held.tables
    }
    assert {"timeline_records", "member_tags"} <= set(await _tables(member)) - others
