"""Grants benefits: once for each occasion, whoever asks, however often."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kit.postgres import Tx
from services.member.benefits import domain, store
from services.member.benefits.domain import Grant, Program
from services.member.points import store as members
from services.member.value import posting
from services.member.value import store as lots
from services.member.value.domain import Kind, Lot, Terms
from services.member.value.ledger import Why


async def grant(tx: Tx, grants: Sequence[Grant], ends: datetime | None = None) -> list[Lot]:
    """Gives these benefits, and those of them that were given before nobody twice; gives the lots, new and old.

    `ends` is for a programme whose benefits end on a day rather than after days. Raises ProgramUnknown.
    """
    given: list[tuple[Program, Grant]] = []
    for one in grants:
        program = await store.find(tx, one.program_id)
        if program is None:
            raise domain.ProgramUnknown("no such programme", field="program_id", program_id=one.program_id)
        given.append((program, one))
    meant = (await members.lock_meant(tx, [one.member_id for one in grants]))[0] if grants else {}
    fresh = []
    for program, one in given:
        terms = Terms(program.name, program.rule_id, program.rule_version, program.restores)
        over = ends or one.moment + timedelta(days=program.valid_days)
        lot = posting.new(
            domain.lot_id(one), meant[one.member_id], Kind.BENEFIT, program.program_id, one.moment, over, terms
        )
        fresh.append((lot, one))
    known = await lots.lock(tx, [lot.lot_id for lot, _ in fresh])
    for lot, one in fresh:
        if lot.lot_id not in known:
            await posting.issue(tx, [(lot, 1)], Why(one.program_id, one.moment, one.occasion_key.split(":")[0].upper()))
    return list((await lots.lock(tx, [lot.lot_id for lot, _ in fresh])).values())
