"""Settings refuse what is unknown, incomplete or unsafe, in one line that says what to do."""

from pathlib import Path

import pytest

from kit import settings
from kit.settings import ProcessSettings, SettingsRefused

_ROOT = Path(__file__).resolve().parents[3]


class Special(ProcessSettings):
    """A service with a setting of its own."""

    hold_minutes: int = 15


def test_values_come_from_the_environment_and_get_their_types() -> None:
    read = settings.read(Special, {"OMO_HOLD_MINUTES": "30", "OMO_ENV": "test", "OMO_TRACE_FILE": "/t", "PATH": "/bin"})
    assert (read.hold_minutes, read.env, read.trace_file, read.time_zone) == (30, "test", Path("/t"), "Asia/Taipei")


def test_the_defaults_are_for_a_developer() -> None:
    assert settings.read(ProcessSettings, {}).env == "development"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"OMO_POSTGRES_DNS": "x"}, "OMO_POSTGRES_DNS is no setting of this process; did you mean OMO_POSTGRES_DSN?"),
        ({"OMO_HOLD_MINUTES": "soon"}, "OMO_HOLD_MINUTES: "),
        ({"OMO_ENV": "prod"}, "OMO_ENV: "),
        ({"OMO_TIME_ZONE": "Taipei"}, "OMO_TIME_ZONE: 'Taipei' is no IANA time zone"),
        ({"OMO_CURRENCY": "twd"}, "OMO_CURRENCY: "),
        ({"OMO_ENV": "production", "OMO_SERVICE_SECRET": "change-me"}, "OMO_SERVICE_SECRET is missing or a default"),
        ({"OMO_ENV": "production", "OMO_SERVICE_SECRET": "s" * 40, "OMO_FAULTS": "a=raise"}, "OMO_FAULTS is set"),
        ({"OMO_ENV": "demo", "OMO_FAULTS": "a=raise"}, "OMO_FAULTS is set"),
        ({"OMO_NATS_SEED_FILE": "/no/such/file"}, "OMO_NATS_SEED_FILE: cannot read /no/such/file"),
        ({"OMO_NATS_SEED": "a", "OMO_NATS_SEED_FILE": "/dev/null"}, "OMO_NATS_SEED is given twice"),
        ({"OMO_POSTGRES_POOL": "0"}, "OMO_POSTGRES_POOL: "),
    ],
)
def test_what_is_wrong_is_named_in_one_line(environment: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        settings.read(Special, environment)
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a mount\n")
    read = settings.read(ProcessSettings, {"OMO_SERVICE_SECRET_FILE": str(tmp_path / "secret")})
    assert read.service_secret == "from a mount"


def test_secrets_are_not_shown() -> None:
    shown = repr(settings.read(ProcessSettings, {"OMO_SERVICE_SECRET": "s3cr3t", "OMO_POSTGRES_DSN": "p4ss"}))
    assert "s3cr3t" not in shown
    assert "p4ss" not in shown


def test_a_child_inherits_none_of_our_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMO_SERVICE_SECRET", "s3cr3t")
    environment = settings.child_environment(DATABASE_URL="x")
    assert environment["DATABASE_URL"] == "x"
    assert not [key for key in environment if key.startswith("OMO_")]
