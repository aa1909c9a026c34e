"""Links in messages: ours alone, noted once, and the way out of marketing."""

import pytest

from omo.member.v1 import engagement_events_pb2 as events
from services.member.messages import links
from services.member.messages.links import LinkInvalid, Links
from tests.service.member.engagement_rig import Desk, desk

__all__ = ["desk"]
PHONE = "+886912345678"


async def test_links_are_ours_alone_and_note_what_was_done(desk: Desk) -> None:
    await desk.template("{link} {unsubscribe_link}", params=("sku",), link="https://shop.example.com/p/{sku}?from=mail")
    member_id = await desk.person(PHONE)
    await desk.consent(member_id, "sms")
    message_id = await desk.enqueue(member_id, params={"sku": "A/B&C"})
    await desk.quiet()
    tokens = Links(desk.member.parts.ground.vault)
    click, stop = tokens.token(links.CLICK, message_id), tokens.token(links.STOP, message_id)
    async with desk.db.transaction() as tx:
        kind, target = await desk.room.messages.follow(tx, click, confirmed=False)
        await desk.room.messages.follow(tx, stop, confirmed=False)
    assert (kind, target) == (events.TOUCH_KIND_CLICKED, "https://shop.example.com/p/A%2FB%26C?from=mail")
    desk.advance(days=2)
    still = await desk.enqueue(member_id, params={"sku": "A"})
    await desk.quiet()
    assert (await desk.state(still))[0] == "SENT", "a scanner that opens a link is nobody who wants no more"
    async with desk.db.transaction() as tx:
        await desk.room.messages.follow(tx, stop, confirmed=True)
    desk.advance(days=2)
    none = await desk.enqueue(member_id, params={"sku": "A"})
    await desk.quiet()
    assert await desk.state(none) == ("WITHHELD", "NO_CONSENT")
    kinds = [event.kind for event in await desk.events("TouchRecorded")]
    assert [kinds.count(one) for one in (events.TOUCH_KIND_OPENED, events.TOUCH_KIND_UNSUBSCRIBED)] == [1, 1]


@pytest.mark.parametrize("base", ["", "https://hikari.example/v1/t"], ids=["no door", "an old template"])
async def test_marketing_without_a_way_out_is_sent_to_nobody(
    desk: Desk, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Templates of before the rule, and brands whose links lead nowhere."""
    await desk.template()
    if base:
        async with desk.db.transaction() as tx:
            await tx.execute("UPDATE message_templates SET texts = '{哈囉}'")
    monkeypatch.setattr(desk.room.sending._composer, "_base", base)
    member_id = await desk.person(PHONE)
    await desk.consent(member_id, "sms")
    message_id = await desk.enqueue(member_id)
    await desk.quiet()
    assert await desk.state(message_id) == ("REFUSED", "NO_WAY_OUT")
    assert desk.letters() == []


@pytest.mark.parametrize("sign", [0, 5, 38])
async def test_an_altered_link_is_refused(desk: Desk, sign: int) -> None:
    token = Links(desk.member.parts.ground.vault).token(links.CLICK, "0190d2b6-7c31-7c2a-9b63-55f0c1f1a001")
    other = "A" if token[sign] != "A" else "B"
    async with desk.db.read() as tx:
        for wrong in (token[:sign] + other + token[sign + 1 :], token[:-1], token + "=", "", "ü"):
            with pytest.raises(LinkInvalid):
                await desk.room.messages.follow(tx, wrong, confirmed=True)
