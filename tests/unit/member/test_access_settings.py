"""The member service starts only with settings that are safe where it runs."""

import json
import secrets

import pytest

from kit.settings import SettingsRefused, read
from services.member.identity.senders import ConsoleSender, WebhookSender, sender
from services.member.settings import Settings

SAFE = {
    "OMO_ENV": "production",
    "OMO_SERVICE_SECRET": secrets.token_hex(16),
    "OMO_SERVICE_SECRETS": json.dumps({"order": secrets.token_hex(16)}),
    "OMO_KEY_ENCRYPTION_KEY": secrets.token_hex(32),
    "OMO_LOOKUP_KEY": secrets.token_hex(32),
    "OMO_OTP_SENDER": "webhook",
    "OMO_OTP_WEBHOOK_URL": "https://messages.example/otp",
    "OMO_OTP_WEBHOOK_SECRET": secrets.token_hex(16),
}


def test_production_starts_with_keys_and_a_webhook() -> None:
    settings = read(Settings, SAFE)
    assert isinstance(sender(settings), WebhookSender)
    assert settings.wrapping_keys() == [bytes.fromhex(SAFE["OMO_KEY_ENCRYPTION_KEY"])]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"OMO_KEY_ENCRYPTION_KEY": ""}, "OMO_KEY_ENCRYPTION_KEY"),
        ({"OMO_LOOKUP_KEY": ""}, "OMO_LOOKUP_KEY"),
        ({"OMO_OTP_SENDER": "console"}, "OMO_OTP_SENDER"),
        ({"OMO_OTP_WEBHOOK_URL": "http://messages.example/otp"}, "https"),
        ({"OMO_OTP_WEBHOOK_SECRET": ""}, "OMO_OTP_WEBHOOK_SECRET"),
        ({"OMO_SERVICE_SECRETS": '{"order": "short"}'}, "OMO_SERVICE_SECRETS"),
        ({"OMO_KEY_ENCRYPTION_KEY": "ab" * 31}, "64 hexadecimal digits"),
        ({"OMO_LOOKUP_KEY": "zz" * 32}, "64 hexadecimal digits"),
    ],
)
def test_production_refuses_what_is_unsafe(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        read(Settings, SAFE | changed)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_production_refuses_the_well_known_keys() -> None:
    settings = read(Settings, {"OMO_ENV": "development"})
    known = {"OMO_KEY_ENCRYPTION_KEY": settings.wrapping_keys()[0].hex()}
    with pytest.raises(SettingsRefused):
        read(Settings, SAFE | known)


def test_development_needs_nothing() -> None:
    settings = read(Settings, {})
    assert isinstance(sender(settings), ConsoleSender)
    assert settings.wrapping_keys()[0] != settings.hashing_key()


def test_an_old_key_follows_the_present_one() -> None:
    old = secrets.token_hex(32)
    keys = read(Settings, SAFE | {"OMO_KEY_ENCRYPTION_KEY_OLD": old}).wrapping_keys()
    assert keys[1].hex() == old


def test_secrets_are_not_printed() -> None:
    shown = repr(read(Settings, SAFE))
    assert not [value for key, value in SAFE.items() if key.endswith(("KEY", "SECRET")) and value in shown]


def test_countries_always_hold_the_brands_own() -> None:
    assert read(Settings, {"OMO_OTP_COUNTRIES": "HK,SG"}).otp_regions() == {"TW", "HK", "SG"}
    with pytest.raises(SettingsRefused):
        read(Settings, {"OMO_OTP_COUNTRIES": "hk"})
