"""The channels that this process has, by their names."""

from collections.abc import Mapping
from typing import Any

from services.member.channels.console import ConsoleChannel
from services.member.channels.contract import Channel
from services.member.channels.settings import ChannelSettings


def registry(settings: ChannelSettings) -> Mapping[str, Channel]:
    """One channel for each provider that the settings name; what is not named is not even imported."""
    made = (_mail(settings), _line(settings), _sms(settings), _push(settings), _console(settings))
    return {channel.kind: channel for channel in made if channel is not None}


def _mail(settings: ChannelSettings) -> Channel | None:
    if not settings.smtp_host:
        return None
    from services.member.channels.mail import MailChannel, Server  # noqa: PLC0415  # only where it is used

    server = Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        _shown(settings.smtp_password),
    )
    return MailChannel(server, settings.mail_from, settings.unsubscribe_url)


def _line(settings: ChannelSettings) -> Channel | None:
    token = _shown(settings.line_channel_token)
    if not token:
        return None
    # the SDK's thousand models take two seconds to load
    from services.member.channels.line import LineChannel  # noqa: PLC0415

    return LineChannel(token, settings.line_api_url)


def _sms(settings: ChannelSettings) -> Channel | None:
    if not settings.sms_webhook_url:
        return None
    from services.member.channels.sms import SmsChannel  # noqa: PLC0415

    return SmsChannel(settings.sms_webhook_url, _shown(settings.sms_webhook_secret))


def _push(settings: ChannelSettings) -> Channel | None:
    key = _shown(settings.push_private_key)
    if not key:
        return None
    from services.member.channels.push import PushChannel  # noqa: PLC0415

    return PushChannel(key, settings.push_contact, settings.push_services())


def _console(settings: ChannelSettings) -> Channel | None:
    return ConsoleChannel() if settings.message_console else None


def _shown(secret: Any) -> str:
    return str(secret.get_secret_value())
