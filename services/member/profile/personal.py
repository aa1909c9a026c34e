"""A person's profile, handed out to him or forgotten."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.member.privacy import opening
from services.member.privacy.opening import Opener
from services.member.privacy.parts import Row
from services.member.profile import store_personal as store
from services.member.profile import store_tags, store_timeline, surveying, tagging, timeline
from services.member.vault import Vault

_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_ALL = 1_000_000


class _Profile:
    tables = (
        "timeline_records",
        "member_advisers",
        "member_tags",
        "member_tag_changes",
        "tag_heads",
        "survey_offers",
        "wishes",
        "wish_heads",
    )

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Also what staff noted and never showed him: the right to know has no such exception."""
        open_ = await opening.opener(tx, vault, member_ids)
        return {
            "timeline": await _timeline(tx, member_ids, open_),
            "wishes": await _wishes(tx, member_ids, open_),
            "tags": await _tags(tx, member_ids, open_),
            "surveys": await _surveys(tx, member_ids, open_),
            "advisers": [
                {"staff_code": row["staff_code"], "location_id": row["location_id"], "active": row["active"]}
                for row in await store.advisers(tx, member_ids)
            ],
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """What he was like goes; who tagged him when stays as a history of staff's doings, without a reason."""
        return await store.forget(tx, member_ids)


async def _timeline(tx: Tx, member_ids: Sequence[str], open_: Opener) -> list[Row]:
    return [
        {
            "kind": row.kind,
            "source": row.source,
            "time": row.business_time.isoformat(),
            "location_id": row.location_id,
            "staff_code": row.staff_code,
            "subject_id": row.subject_id,
            **json.loads(row.data),
            "text": open_.text(row.member_id, timeline.place(row.record_id), row.text_sealed),
        }
        for row in await store_timeline.all_of(tx, member_ids)
    ]


async def _wishes(tx: Tx, member_ids: Sequence[str], open_: Opener) -> list[Row]:
    return [
        {
            "sku": row["sku"],
            "time": row["add_time"].isoformat(),
            "staff_code": row["staff_code"],
            "location_id": row["location_id"],
            "note": open_.text(str(row["member_id"]), f"wish:{row['sku']}", row["note_sealed"]),
        }
        for row in await store.wishes(tx, member_ids)
    ]


async def _tags(tx: Tx, member_ids: Sequence[str], open_: Opener) -> list[Row]:
    return [
        {
            "tag": row.tag,
            "change": row.kind,
            "origin": row.origin,
            "by": row.actor_id,
            "time": row.business_time.isoformat(),
            "why": open_.text(row.member_id, tagging.change_place(row.change_id), row.why_sealed),
        }
        for row in await store_tags.changes(tx, member_ids, _LAST, _ALL)
    ]


async def _surveys(tx: Tx, member_ids: Sequence[str], open_: Opener) -> list[Row]:
    return [
        {
            "questionnaire_id": row["questionnaire_id"],
            "staff_code": row["staff_code"],
            "state": row["state"],
            "time": row["offer_time"].isoformat(),
            "answers": json.loads(_answers(row, open_) or "[]"),
        }
        for row in await store.offers(tx, member_ids)
    ]


def _answers(row: Any, open_: Opener) -> str:
    return open_.text(str(row["member_id"]), surveying.place(str(row["offer_id"])), row["answers_sealed"])


HOLDING = _Profile()
