"""Everybody who may sign in, from the outside."""

from tests.service.member.conftest import Member


async def test_everybody_signs_in(member: Member) -> None:
    terminal_id, _, device = await member.terminal("TPE01")
    await member.put_staff("A102")
    session = await member.sign_in(device)
    assert session.principal_id == "A102"
    assert (await member.hq("admin")).refresh_token
    assert terminal_id
