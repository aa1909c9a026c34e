"""Opening hours as a place keeps them; what leaves by them is tested with sourcing's rules."""

from services.inventory.catalogue.domain_hours import Hours, overlapping


def test_times_that_meet_on_one_day_are_found() -> None:
    assert overlapping([Hours(1, "09:00", "12:00"), Hours(1, "12:00", "15:00"), Hours(2, "09:00", "18:00")]) is None
    assert overlapping([Hours(2, "12:00", "15:00"), Hours(2, "09:00", "12:30")]) == 2
