"""`omoctl config` shows settings and opens no door."""

from cli.commands.config import masked


def test_secrets_are_masked_and_their_files_are_not() -> None:
    told = {
        "PATH": "/usr/bin",
        "OMO_POSTGRES_DSN": "postgresql://omo_order:hunter2@127.0.0.1:5432/omo_order",
        "OMO_VALKEY_URL": "redis://order:hunter2@127.0.0.1:6379/0",
        "OMO_NATS_SEED": "SUA…",
        "OMO_SERVICE_SECRETS": '{"order": "hunter2"}',
        "OMO_TLS_KEY_FILE": "/etc/door.key",
        "OMO_LISTEN": "127.0.0.1:0",
    }
    shown = masked(told)
    assert "hunter2" not in str(shown)
    assert shown == {
        "OMO_LISTEN": "127.0.0.1:0",
        "OMO_NATS_SEED": "********",
        "OMO_POSTGRES_DSN": "postgresql://omo_order:********@127.0.0.1:5432/omo_order",
        "OMO_SERVICE_SECRETS": "********",
        "OMO_TLS_KEY_FILE": "/etc/door.key",
        "OMO_VALKEY_URL": "redis://order:********@127.0.0.1:6379/0",
    }
