"""Between order and handover: he says when he comes, to the adviser who serves him, and she sees it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cli.demo import brand
from cli.demo.brand import LIN
from cli.demo.stage import expect
from cli.demo.tale import Tale
from cli.demo.web import Web

_ZONE = ZoneInfo("Asia/Taipei")
_TUESDAY = 2
# eleven to nine, every day, two at a time
_HOURS = {
    "days": [{"weekday": day, "open_minute": 660, "close_minute": 1260} for day in range(1, 8)],
    "slot_minutes": 30,
    "capacity": 2,
}


async def book(tale: Tale) -> None:
    """Next Tuesday after work: nobody else comes to her then."""
    await tale.hq.put(f"/v1/hq/stores/{brand.STORE}/pickup-hours", _HOURS)
    order = (await tale.app.get(f"/v1/orders/{tale.order_id}"))["order"]
    day = _next_tuesday(datetime.fromisoformat(order["business_time"]).astimezone(_ZONE).date())
    slots = await tale.app.get("/v1/pickup-slots", location=brand.STORE, day=day.isoformat(), staff_code=LIN.code)
    after_work = [one for one in slots["slots"] if one["free"] and _hour(one) >= 18]
    expect("slots of that evening", bool(after_work), True)
    (task,) = order["fulfilments"]
    wish = {"start_time": after_work[0]["start_time"], "staff_code": None}
    booked = (await tale.app.post(f"/v1/pickups/{task['fulfilment_id']}/appointment", wish))["appointment"]
    expect("who awaits him", booked["staff_code"], LIN.code)
    expect("the day", datetime.fromisoformat(booked["start_time"]).astimezone(_ZONE).isoweekday(), _TUESDAY)
    tale.stage.step(
        "shopper", f"will come on Tuesday, {day.isoformat()} at {_clock(booked)}, to {LIN.code}, his adviser"
    )


async def seen(tale: Tale, staff: Web) -> None:
    """The store's day, as she sees it."""
    (own,) = [
        one for one in (await tale.app.get("/v1/me/appointments"))["appointments"] if one["order_id"] == tale.order_id
    ]
    day = datetime.fromisoformat(own["start_time"]).astimezone(_ZONE).date().isoformat()
    listed = (await staff.get("/v1/staff/appointments", day=day, staff_code=LIN.code))["appointments"]
    expect("she awaits him", [one["order_no"] for one in listed if one["order_id"] == tale.order_id], [own["order_no"]])
    tale.stage.note(f"{LIN.code} sees it in the store's day: {_clock(own)}, {own['order_no']}")


def _next_tuesday(today: date) -> date:
    return today + timedelta(days=(_TUESDAY - today.isoweekday()) % 7 or 7)


def _hour(slot: dict[str, Any]) -> int:
    return datetime.fromisoformat(slot["start_time"]).astimezone(_ZONE).hour


def _clock(one: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(one['start_time']).astimezone(_ZONE):%H:%M}"
