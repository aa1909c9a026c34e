"""The coat: from a stranger in the store to a credited online sale, and what he holds afterwards (J1, J2, J4, J6)."""

from cli.demo import (
    appointing,
    brand,
    caring,
    chatting,
    claiming,
    counter,
    crediting,
    cups,
    handing_over,
    headquarters,
    joining,
    ordering,
    selling,
)
from cli.demo.brand import LIN
from cli.demo.stage import Stage
from cli.demo.tale import Shopper, Tale
from cli.demo.web import Web


async def play(stage: Stage, shopper: Shopper) -> Tale:
    """Loads the brand and plays every part; stops with StoryBroken at the first number that is not as told."""
    await stage.look_at_clock()
    async with Web(stage.doors.gateway_url) as web:
        tale = await prepare(stage, web, shopper)
        await selling.play(tale)
        await claiming.play(tale)
        async with tale.counter(brand.STORE) as at_the_counter:
            await ordering.play(tale)
            await appointing.book(tale)
            await handing_over.play(tale, at_the_counter)
            await chatting.play(tale, at_the_counter)
        await crediting.play(tale)
        async with tale.counter(brand.STORE) as at_the_counter:
            await at_the_counter.sign_in(LIN)
            await caring.play(tale, at_the_counter)
            await cups.play(tale, at_the_counter)
        await joining.play(tale)
        await crediting.prove(tale)
        return tale


async def prepare(stage: Stage, web: Web, shopper: Shopper) -> Tale:
    """The brand is loaded, and its first till has a credential."""
    stage.step("HQ", f"signs in by the one-time link of `omoctl init`, and puts the brand {brand.NAME_ZH} {brand.NAME}")
    hq = await headquarters.sign_in(stage, web)
    await headquarters.load(stage, hq)
    credential, enrolled = await counter.credential(stage, hq, brand.STORE)
    stage.step(
        brand.STORE, "a till enrols by headquarters' one-time code" if enrolled else "the till is enrolled already"
    )
    tale = Tale(stage, web, hq, credential, shopper)
    tale.before["driven"] = await crediting.driven(hq)
    return tale
