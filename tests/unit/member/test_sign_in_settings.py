"""What signing in must be told, and what production does not start with."""

import pytest

from kit.settings import SettingsRefused, read
from services.member.settings import Settings
from tests.unit.member.test_access_settings import SAFE

_LINE = {
    "OMO_LINE_LOGIN_CLIENT_ID": "1",
    "OMO_LINE_LOGIN_CLIENT_SECRET": "s",
    "OMO_LINE_LOGIN_REDIRECTS": "https://a.tw/x",
}


def test_whole_addresses_and_origins_stand_between_commas() -> None:
    told = read(
        Settings,
        {
            **_LINE,
            "OMO_ENV": "test",
            "OMO_LINE_LOGIN_REDIRECTS": "https://a.tw/x, https://a.tw/y",
            "OMO_PASSKEY_DOMAIN": "a.tw",
            "OMO_PASSKEY_ORIGINS": "https://a.tw,android:apk-key-hash:x",
        },
    )
    assert told.redirects() == {"https://a.tw/x", "https://a.tw/y"}
    assert told.origins() == ["https://a.tw", "android:apk-key-hash:x"]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({**_LINE, "OMO_LINE_LOGIN_CLIENT_SECRET": ""}, "OMO_LINE_LOGIN_CLIENT_SECRET"),
        ({**_LINE, "OMO_LINE_LOGIN_REDIRECTS": " , "}, "OMO_LINE_LOGIN_REDIRECTS"),
        ({**_LINE, "OMO_LINE_LOGIN_ISSUER": "http://line.example"}, "OMO_LINE_LOGIN_ISSUER"),
        ({"OMO_PASSKEY_DOMAIN": "a.tw"}, "OMO_PASSKEY_ORIGINS"),
        ({**SAFE, "OMO_EMAIL_LINK_URL": "http://a.tw/mail"}, "OMO_EMAIL_LINK_URL"),
        ({**SAFE, **_LINE, "OMO_LINE_LOGIN_ISSUER": "http://127.0.0.1:1"}, "OMO_LINE_LOGIN_ISSUER"),
    ],
)
def test_what_is_half_said_or_in_clear_text_is_refused_by_name(said: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsRefused, match=named):
        read(Settings, {"OMO_ENV": "test", **said})
