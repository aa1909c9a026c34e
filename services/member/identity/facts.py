"""Facts about people that tills send: never refused, at most flagged."""

import base64
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from kit import access, lanes, outbox
from kit.access import Kind as Caller
from kit.clock import Clock
from kit.postgres import Database, Tx
from services.member.identity import store, store_facts, wire
from services.member.identity.domain import By, Identifier, Kind, Member
from services.member.identity.domain_facts import Fact, Frame, Noted, Wish
from services.member.identity.domain_rules import Rules, Why
from services.member.identity.matching import Matching
from services.member.identity.phones import Phones
from services.member.identity.register import Register, Taken
from services.member.vault import Vault

__all__ = ["Fact", "Frame", "Noted", "PeopleFacts", "Wish"]

LANE = "PEOPLE"
_TRIES = 3
_NAME, _NOTE, _SKU, _WORDS = 100, 500, 64, 2_000
_KINDS = ("enrolled", "wish", "trial", "note")


# what other capabilities do in the same transaction
OnWish = Callable[[Tx, Sequence[Wish]], Awaitable[None]]
OnNoted = Callable[[Tx, Sequence[Noted]], Awaitable[None]]
OnMerged = Callable[[Tx, str, str], Awaitable[None]]


class PeopleFacts:
    """The lane PEOPLE."""

    def __init__(
        self, db: Database, vault: Vault, register: Register, matching: Matching, phones: Phones, clock: Clock
    ) -> None:
        self._db = db
        self._vault = vault
        self._register = register
        self._matching = matching
        self._phones = phones
        self._clock = clock
        self._on_wish: list[OnWish] = []
        self._on_noted: list[OnNoted] = []
        self._on_merged: list[OnMerged] = []

    def on_wish(self, hear: OnWish) -> None:
        """Has `hear(tx, wishes)` called in the transaction that stores them."""
        self._on_wish.append(hear)

    def on_noted(self, hear: OnNoted) -> None:
        """Has `hear(tx, noted)` called in the transaction that stores trials and notes."""
        self._on_noted.append(hear)

    def on_merged(self, hear: OnMerged) -> None:
        """Has `hear(tx, absorbed_id, member_id)` called when a till's id turns out to mean somebody known."""
        self._on_merged.append(hear)

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
        identifiers, flags = self._identifiers(await self._matching.rulebook.current(tx), fact)
        outcome = ""
        for _ in range(_TRIES):  # a neighbour may enrol the same person between the look and the write
            try:
                async with tx.transaction():
                    outcome, more = await self._settled(tx, fact, member_id, identifiers)
                    flags = (*flags, *more)
            except Taken:
                continue
            break
        else:
            flags = (*flags, "not_settled")
        meant = await store.resolve(tx, member_id)
        unread = fact.phone if "phone_invalid" in flags else ""
        text = await self._register.seal(tx, meant, "fact", unread) if unread else None
        return replace(row, member_id=meant, text_sealed=text, outcome=outcome or "stored", flags=flags)

    async def _settled(
        self, tx: Tx, fact: Fact, member_id: str, identifiers: Sequence[Identifier]
    ) -> tuple[str, tuple[str, ...]]:
        """What became of it, and what a person should look at."""
        now = fact.business_time
        if await store.known(tx, [member_id]):
            meant = await store.resolve(tx, member_id)
            return "existed", _flags(await self._matching.give(tx, meant, identifiers, now))
        settled = await self._matching.settle(tx, identifiers, now)
        if settled.member_id is not None:
            return await self._absorbed(tx, fact, member_id, settled.member_id, identifiers)
        member = Member(
            member_id, Kind.MEMBER, fact.name[:_NAME].strip(), settled.fresh, None, fact.location_id,
            fact.staff_code, "store", fact.business_time,
        )  # fmt: skip
        await self._register.make(tx, [member], now)
        return "created", _flags(settled.dropped)

    async def _absorbed(
        self, tx: Tx, fact: Fact, absorbed: str, holder: str, identifiers: Sequence[Identifier]
    ) -> tuple[str, tuple[str, ...]]:
        """The till's id becomes another name of somebody who was a member already."""
        version = await store.alias(tx, absorbed, holder, "enrolled again at a till")
        if version is None:
            raise Taken
        dropped = await self._matching.give(tx, holder, identifiers, fact.business_time)
        actor = access.current().actor
        await outbox.append(tx, wire.merged(holder, absorbed, version, fact.business_time, actor))
        for hear in self._on_merged:
            await hear(tx, absorbed, holder)
        return "merged", _flags(dropped)

    def _identifiers(self, rules: Rules, fact: Fact) -> tuple[list[Identifier], tuple[str, ...]]:
        found, flags = [], []
        phone = self._phones.read(fact.phone) if fact.phone.strip() else None
        if phone:
            found.append(Identifier(By.PHONE, phone.e164, "store"))
        elif fact.phone.strip():
            flags.append("phone_invalid")
        card = rules.normalised(By.CARD, fact.card_no) if fact.card_no.strip() else None
        if card:
            found.append(Identifier(By.CARD, card, "store"))
        elif fact.card_no.strip():
            flags.append("card_invalid")
        return found, tuple(flags)


def _flags(dropped: Sequence[tuple[Identifier, Why]]) -> tuple[str, ...]:
    """What a person should look at: phone_taken, card_limited, phone_blocked …"""
    return tuple(f"{one.kind}_{why}" for one, why in dropped)


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
