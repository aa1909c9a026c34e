"""Providers are configured whole, and a production has none that pays with nothing or that listens in."""

from typing import Any

import pytest
from pydantic import SecretStr

from kit.settings import SettingsRefused, read
from services.order.payments.room import PaymentRoom
from services.order.settings import Settings

REAL = {"stripe_key": "sk_live_1", "stripe_webhook_secret": "whsec_1", "linepay_channel_id": "1",
        "linepay_channel_secret": "s"}  # fmt: skip
_SECRET = ("stripe_key", "stripe_webhook_secret", "linepay_channel_secret")


def production(**changed: str) -> Settings:
    told: dict[str, Any] = {**REAL, **changed}
    told = {name: SecretStr(value) if name in _SECRET else value for name, value in told.items()}
    return Settings.model_construct(env="production", **told)


@pytest.mark.parametrize(
    "name", ["STRIPE_KEY", "STRIPE_WEBHOOK_SECRET", "LINEPAY_CHANNEL_ID", "LINEPAY_CHANNEL_SECRET"]
)
def test_half_a_provider_is_refused(name: str) -> None:
    told = {"OMO_ENV": "test", "OMO_SERVICE_SECRET": "a secret of order and member", f"OMO_{name}": "x"}
    with pytest.raises(SettingsRefused, match="go together"):
        read(Settings, told)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stripe_key": "sk_test_1"}, "OMO_STRIPE_KEY"),
        ({"stripe_key": "rk_test_1"}, "OMO_STRIPE_KEY"),
        ({"stripe_url": "http://stripe"}, "OMO_STRIPE_URL"),
        ({"linepay_url": "https://sandbox-api-pay.line.me"}, "OMO_LINEPAY_URL"),
    ],
    ids=["test key", "restricted test key", "no tls", "sandbox"],
)
def test_a_production_takes_real_money(changed: dict[str, str], said: str) -> None:
    production()._whole_providers()
    with pytest.raises(ValueError, match=said):
        production(**changed)._whole_providers()


def test_secrets_are_not_shown() -> None:
    assert "sk_live_1" not in repr(production())
    assert "whsec_1" not in str(production())


async def test_only_what_is_configured_is_there_and_loaded() -> None:
    bare = read(Settings, {"OMO_ENV": "test", "OMO_SERVICE_SECRET": "a secret of order and member"})
    room = PaymentRoom(bare, None, None)  # type: ignore[arg-type]  # nothing is asked of either
    assert list(room.providers) == ["counter"]
    whole = PaymentRoom(production(simulator_url="", simulator_secret="x" * 16), None, None)  # type: ignore[arg-type]
    assert list(whole.providers) == ["counter", "stripe", "linepay"]
    await whole.end()
