"""What headquarters says about identifiers: limits and strength of each kind, and values that never mean a person."""

from collections.abc import Sequence
from datetime import UTC, datetime

from kit import access, pages, requests
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.member.v1 import identifiers_service_pb2 as pb
from services.member.identifiers import wire
from services.member.identity import domain, store_rules
from services.member.identity.domain import By
from services.member.identity.domain_rules import Block, IdentifierUnknown, Match, Rule, Rules
from services.member.identity.phones import Phones
from services.member.identity.rulebook import Rulebook
from services.member.identity.store import Actor

MOST_BLOCKS = 1_000
_LATEST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")


class Policy:
    """The rules on identifiers."""

    def __init__(self, db: Database, rulebook: Rulebook, phones: Phones, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._rulebook = rulebook
        self._phones = phones
        self._clock = clock
        self._page_key = page_key

    async def rules(self) -> Rules:
        """As they stand in the database."""
        async with self._db.read() as tx:
            return await store_rules.rules(tx)

    async def put_rule(self, request: Request, rule: Rule) -> pb.PutIdentifierRuleResponse:
        """From now on; what members have already stays."""

        async def work(tx: Tx) -> pb.PutIdentifierRuleResponse:
            await store_rules.put_rule(tx, rule, _by())
            return pb.PutIdentifierRuleResponse(rule=wire.rule(rule))

        reply = await requests.once(self._db, request, work, pb.PutIdentifierRuleResponse)
        self._rulebook.forget()
        return reply

    async def page(self, page_size: int, page_token: str) -> tuple[Sequence[Block], str]:
        """Blocks, newest first."""
        size = pages.page_size(page_size)
        cursor = pages.decode(page_token, self._page_key)
        before = (datetime.fromisoformat(cursor["add_time"]), str(cursor["block_id"])) if cursor else _LATEST
        async with self._db.read() as tx:
            found = await store_rules.page(tx, before, size + 1)
        more = len(found) > size
        if not more:
            return found, ""
        last = found[size - 1]
        cursor = {"add_time": last.add_time.isoformat(), "block_id": last.block_id}
        return found[:size], pages.encode(cursor, self._page_key)

    async def block(
        self, request: Request, kind: By | None, match: Match, text: str, reason: str
    ) -> pb.AddIdentifierBlockResponse:
        """A value that never means a person, from now on."""
        written = self._written(kind, match, text)

        async def work(tx: Tx) -> pb.AddIdentifierBlockResponse:
            if await store_rules.count_blocks(tx) >= MOST_BLOCKS:
                raise Fault(f"{MOST_BLOCKS} blocks are enough", code=Code.RESOURCE_EXHAUSTED, reason="OVERLOADED")
            made = Block(uuid7(), kind, match, written, reason, self._clock())
            await store_rules.add_block(tx, made, _by())
            return pb.AddIdentifierBlockResponse(block=wire.block(made))

        reply = await requests.once(self._db, request, work, pb.AddIdentifierBlockResponse)
        self._rulebook.forget()
        return reply

    async def lift(self, request: Request, block_id: str) -> pb.RemoveIdentifierBlockResponse:
        """It may mean a person again."""

        async def work(tx: Tx) -> pb.RemoveIdentifierBlockResponse:
            if not await store_rules.remove_block(tx, block_id):
                raise IdentifierUnknown("no such block", field="block_id")
            return pb.RemoveIdentifierBlockResponse()

        reply = await requests.once(self._db, request, work, pb.RemoveIdentifierBlockResponse)
        self._rulebook.forget()
        return reply

    def _written(self, kind: By | None, match: Match, text: str) -> str:
        """As values of its kind are kept: the store's telephone, typed as anybody types it, is its E.164 number."""
        if match is not Match.EXACT or kind is None:
            return text
        if kind is By.PHONE:
            return self._phones.mobile("text", text).e164
        value = domain.normalised(kind, text)
        if value is None:
            raise invalid("text", "is no such value, so nobody could have it")
        return value


def _by() -> Actor:
    actor = access.current().actor
    return Actor(actor.kind, actor.id, actor.terminal_id)
