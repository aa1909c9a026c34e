"""Facts about people that tills send: never refused, at most flagged."""

import base64
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from kit import access, lanes
from kit.access import Kind as Caller
from kit.postgres import Database, Tx
from services.member.identity import store, store_facts
from services.member.identity.domain_facts import Fact, Frame, Noted, Wish
from services.member.identity.enrolling import LateEnrolment, OnMerged
from services.member.identity.register import Register
from services.member.vault import Vault

__all__ = ["Fact", "Frame", "Noted", "PeopleFacts", "Wish"]

LANE = "PEOPLE"
_NOTE, _SKU, _WORDS = 500, 64, 2_000
_KINDS = ("enrolled", "wish", "trial", "note")


# what other capabilities do in the same transaction
OnWish = Callable[[Tx, Sequence[Wish]], Awaitable[None]]
OnNoted = Callable[[Tx, Sequence[Noted]], Awaitable[None]]


class PeopleFacts:
    """The lane PEOPLE."""

    def __init__(self, db: Database, vault: Vault, register: Register, enrolment: LateEnrolment) -> None:
        self._db = db
        self._vault = vault
        self._register = register
        self.enrolment = enrolment
        self._on_wish: list[OnWish] = []
        self._on_noted: list[OnNoted] = []

    def on_wish(self, hear: OnWish) -> None:
        """Has `hear(tx, wishes)` called in the transaction that stores them."""
        self._on_wish.append(hear)

    def on_noted(self, hear: OnNoted) -> None:
        """Has `hear(tx, noted)` called in the transaction that stores trials and notes."""
        self._on_noted.append(hear)

    def on_merged(self, hear: OnMerged) -> None:
        """Has `hear(tx, absorbed_id, member_id)` called when a till's id turns out to mean somebody known."""
        self.enrolment.on_merged(hear)

    async def record(self, frame: Frame) -> lanes.Accepted:
        """Stores a frame's facts, their effects and the lane's position in one transaction."""
        hashes = [self._vault.digest("people fact", content.hex()) for content in frame.contents]
        async with self._db.transaction() as tx:
            accepted = await lanes.accept(tx, frame.terminal_id, LANE, frame.first_sequence, hashes)
            for index in accepted.conflicts:
                await self._conflict(tx, frame, index, hashes[index])
            rows: list[store_facts.Row] = []
            wishes: list[Wish] = []
            noted: list[Noted] = []
            for index in accepted.fresh:
                fact = frame.facts[index]
                with access.acting_as(_teller(fact)):
                    row = await self._take(tx, fact, wishes, noted)
                rows.append(replace(row, flags=(*row.flags, "clock_wrong")) if fact.clock_wrong else row)
            await store_facts.insert(tx, rows)
            for hear in self._on_wish if wishes else ():
                await hear(tx, wishes)
            for tell in self._on_noted if noted else ():
                await tell(tx, noted)
        return accepted

    async def _conflict(self, tx: Tx, frame: Frame, index: int, digest: bytes) -> None:
        """Keeps what was told once more and differently under the key of whom it names: it is forgotten with him.

        Of what names nobody the hash alone is kept.
        """
        member_id, sequence = _uuid(frame.facts[index].member_id), frame.first_sequence + index
        if member_id is None:
            return
        meant = await store.resolve(tx, member_id)
        told = base64.b64encode(frame.contents[index]).decode()
        sealed = await self._register.seal(tx, meant, f"{LANE}:{frame.terminal_id}:{sequence}", told)
        await lanes.keep(tx, frame.terminal_id, LANE, sequence, digest, uuid.UUID(meant).bytes + sealed)

    async def _take(self, tx: Tx, fact: Fact, wishes: list[Wish], noted: list[Noted]) -> store_facts.Row:
        row = store_facts.Row(
            fact.terminal_id, fact.sequence, fact.fact_id, fact.kind, None, fact.sku[:_SKU], None, fact.staff_code,
            fact.location_id, "stored", (), fact.business_time,
        )  # fmt: skip
        member_id = _uuid(fact.member_id)
        if member_id is None or fact.kind not in _KINDS:
            raw = self._vault.wrap("people fact text", repr(fact.member_id).encode(), f"{fact.terminal_id}:{LANE}")
            return replace(row, text_sealed=raw, flags=("unreadable",))
        if fact.kind == "wish":
            return await self._wished(tx, fact, member_id, row, wishes)
        if fact.kind in ("trial", "note"):
            return await self._noted(tx, fact, member_id, row, noted)
        return await self._enrolled(tx, fact, member_id, row)

    async def _wished(
        self, tx: Tx, fact: Fact, member_id: str, row: store_facts.Row, wishes: list[Wish]
    ) -> store_facts.Row:
        member_id = await store.resolve(tx, member_id)
        note = fact.note[:_NOTE]
        wishes.append(Wish(member_id, fact.sku, note, fact.staff_code, fact.location_id, fact.business_time))
        text = await self._register.seal(tx, member_id, "fact", note) if note else None
        flags = () if await store.known(tx, [member_id]) else ("member_unknown",)
        return replace(row, member_id=member_id, text_sealed=text, flags=flags)

    async def _noted(self, tx: Tx, fact: Fact, said_of: str, row: store_facts.Row, to: list[Noted]) -> store_facts.Row:
        """The words are kept with what they are of, on the timeline, and not here a second time."""
        meant = await store.resolve(tx, said_of)
        to.append(Noted(fact, meant, fact.note[:_WORDS]))
        flags = () if await store.known(tx, [meant]) else ("member_unknown",)
        return replace(row, member_id=meant, flags=flags)

    async def _enrolled(self, tx: Tx, fact: Fact, member_id: str, row: store_facts.Row) -> store_facts.Row:
        outcome, flags = await self.enrolment.take(tx, fact, member_id)
        meant = await store.resolve(tx, member_id)
        unread = fact.phone if "phone_invalid" in flags else ""
        text = await self._register.seal(tx, meant, "fact", unread) if unread else None
        return replace(row, member_id=meant, text_sealed=text, outcome=outcome, flags=flags)


def _teller(fact: Fact) -> access.Principal:
    """Who did it in the store: the staff member if one was signed in, else the terminal."""
    kind = Caller.STAFF if fact.staff_code else Caller.DEVICE
    actor = access.Actor(kind, fact.staff_code or fact.terminal_id, fact.terminal_id)
    return access.service("member", actor)


def _uuid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
