"""Headquarters of the demo's brand: signs in by the operator's invitation, and puts the brand through the API."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from cli.demo import brand, offers, speaking
from cli.demo.stage import Stage
from cli.demo.web import Refusal, Web
from cli.stack.home import write_private

_SESSION, _DEVICE = "headquarters.json", "omoctl-demo"
_PROGRAM_FIELDS = tuple(brand.PROGRAM)


async def sign_in(stage: Stage, web: Web) -> Web:
    """The API as headquarters: by the session of an earlier run, else by a fresh one-time link for the same user."""
    place = stage.folder / _SESSION
    noted: dict[str, str] = json.loads(place.read_text()) if place.exists() else {}
    session = await _refreshed(web, noted) if noted else None
    if session is None:
        invite_token, user_id = await stage.invite(noted.get("user_id", ""))
        body = {"invite_token": invite_token, "device_id": _DEVICE}
        session = (await web.post("/v1/hq/auth/redeem", body))["session"]
        noted["user_id"] = user_id
    write_private(place, json.dumps({**noted, "refresh_token": session["refresh_token"]}))
    return web.as_(session["access_token"])


async def _refreshed(web: Web, noted: dict[str, str]) -> Any:
    """None for a session that is too old: the operator may invite again."""
    with suppress(Refusal):
        body = {"refresh_token": noted["refresh_token"], "device_id": _DEVICE}
        return (await web.post("/v1/hq/auth/refresh", body))["session"]
    return None


async def load(stage: Stage, hq: Web) -> None:
    """Puts the whole brand; what is there already stays as it is, so that a later run goes on with the same data."""
    await hq.put("/v1/hq/locations", {"locations": brand.LOCATIONS})
    await hq.put("/v1/hq/channels", brand.CHANNELS)
    await hq.put("/v1/hq/products", {"products": brand.products()})
    await hq.put("/v1/hq/price-lists", {"price_list": brand.PRICE_LIST})
    await asyncio.gather(
        _put_staff(hq), _put_program(hq), _put_rules(hq), _put_offers(hq), speaking.put(hq), _stock(hq)
    )
    await stage.settle()
    stage.note(
        f"{len(brand.LOCATIONS)} locations, {len(brand.skus())} SKUs, {len(brand.STAFF)} staff, stock, tiers, rules"
    )


async def _put_staff(hq: Web) -> None:
    """Only those who are missing: putting a PIN again would end their sessions."""
    there = {staff["staff_code"] for staff in (await hq.get("/v1/hq/staff", page_size=100))["staff"]}
    for person in brand.STAFF:
        if person.code not in there:
            staff = {
                "staff_code": person.code,
                "display_name": person.name,
                "home_location_id": person.location_id,
                "roles": [person.role],
            }
            await hq.put("/v1/hq/staff", {"staff": staff, "pin": person.pin})


async def _put_program(hq: Web) -> None:
    """A program is published as its next version, so only one that differs is."""
    now = (await hq.get("/v1/hq/program"))["program"]
    if {field: now[field] for field in _PROGRAM_FIELDS} != brand.PROGRAM:
        await hq.put("/v1/hq/program", {"program": brand.PROGRAM})


async def _put_rules(hq: Web) -> None:
    now = (await hq.get("/v1/hq/rules"))["rules"]
    if now.get("rules") != brand.RULES:
        await hq.put("/v1/hq/rules", {"rules": {"version": "demo", "rules": brand.RULES}, "reason": "demo brand"})


async def _put_offers(hq: Web) -> None:
    """What vouchers open, the pack of cups, words for tags, questions; these last, so they say that all is there."""
    there = (await hq.get("/v1/hq/questionnaires"))["questionnaires"]
    if any(one["questionnaire_id"] == offers.QUESTIONS for one in there):
        return
    await hq.put("/v1/hq/coupon-campaigns", {"campaign": offers.CAMPAIGN})
    await hq.put("/v1/hq/prepaid/programs", {"program": offers.PACK})
    for program in offers.BENEFITS:
        await hq.put("/v1/hq/benefit-programs", {"program": program})
    for tag, definition in offers.TAGS.items():
        await hq.put(f"/v1/hq/tags/{tag}", definition)
    await hq.put("/v1/hq/questionnaires", {"questionnaire": offers.QUESTIONNAIRE})


async def _stock(hq: Web) -> None:
    """Opens the books where there are none, and refills what is nearly sold."""
    levels = (await hq.get("/v1/availability", sku=brand.skus()))["levels"]
    available = {(level["sku"], level["location_id"]): level["available"] for level in levels}
    opened = await _opened(hq)
    kind, quantity = ("RECEIPT", brand.REFILL) if opened else ("OPENING", brand.OPENING)
    movements = [
        {"sku": sku, "location_id": place["location_id"], "kind": kind, "quantity": quantity, "reason": "demo brand"}
        for sku in brand.skus()
        for place in brand.LOCATIONS
        if not opened or available.get((sku, place["location_id"]), 0) < brand.LOW
    ]
    if movements:
        await hq.post("/v1/hq/stock/movements", {"movements": movements})


async def _opened(hq: Web) -> bool:
    journal = await hq.get("/v1/hq/stock/movements", sku=brand.skus()[-1], location=brand.WAREHOUSE, page_size=1)
    return bool(journal["movements"])
