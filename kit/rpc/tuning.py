"""Channel and server settings that were found the hard way; each says what it prevents."""

import json
import random

Options = list[tuple[str, str | int]]

# Noticing a dead peer: keepalive_timeout alone is never triggered by C-core, which
# relies on the ping timeout; without that one a stopped peer was noticed after 60 s.
_KEEPALIVE = (10_000, 5_000, 5_000)
_KEEPALIVE_STREAMING = (20_000, 10_000, 10_000)
# the longest time until a call on a silent peer fails: one idle interval and one ping
DEAD_PEER_SECONDS = 15.0

_AGE_MS = 300_000
_AGE_GRACE_MS = 30_000
MAX_STREAM_MESSAGE = 256 * 1024
# calls that may wait untaken: what one process answers in about two seconds, which is a call's default deadline
PENDING = 8_192

# Retried at one layer only, and only what certainly or harmlessly did not happen:
# every unsafe RPC carries a request_id, so a second try finds the first one's answer.
_SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 4,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
}


def client_options() -> Options:
    """How every channel of ours behaves."""
    return [
        *_keepalive(_KEEPALIVE),
        ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
        ("grpc.enable_retries", 1),
        # else a channel inherits the back-off of an earlier one to the same address, though another listens there now
        ("grpc.use_local_subchannel_pool", 1),
        # a restarted peer must be found again in a second or two, not after two minutes of back-off
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.dns_min_time_between_resolutions_ms", 5_000),
    ]


def server_options(*, streaming: bool) -> Options:
    """How every server of ours behaves; `streaming` is the door whose streams live for days."""
    return [
        *_keepalive(_KEEPALIVE_STREAMING if streaming else _KEEPALIVE),
        # servers expect 300 s between idle pings and answer more of them with GOAWAY too_many_pings
        ("grpc.http2.min_ping_interval_without_data_ms", 8_000),
        ("grpc.so_reuseport", 0),
        # A rush waits in the transport until the loop takes it, a call a turn. By default some of the calls beyond
        # a thousand, and all beyond three, are cancelled there, without a word of ours: our own queues say OVERLOADED.
        ("grpc.server.max_pending_requests", PENDING),
        ("grpc.server.max_pending_requests_hard_limit", 2 * PENDING),
        *(_streaming() if streaming else _unary()),
    ]


def _unary() -> Options:
    # connections end now and then, so that clients find new replicas; jitter keeps them from ending together
    return [
        ("grpc.max_connection_age_ms", round(_AGE_MS * random.uniform(0.9, 1.1))),
        ("grpc.max_connection_age_grace_ms", _AGE_GRACE_MS),
    ]


def _streaming() -> Options:
    # no age: it would cut a stream and lose its last message; the door says Drain in-band instead
    return [("grpc.max_receive_message_length", MAX_STREAM_MESSAGE)]


def _keepalive(milliseconds: tuple[int, int, int]) -> Options:
    time_ms, timeout_ms, ping_timeout_ms = milliseconds
    return [
        ("grpc.keepalive_time_ms", time_ms),
        ("grpc.keepalive_timeout_ms", timeout_ms),
        ("grpc.http2.ping_timeout_ms", ping_timeout_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
