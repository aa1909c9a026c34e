"""Every metric's name, in one place; labels never name a person or a thing."""

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

# the deadline budget ends at 5 s; the buckets are dense where the targets lie
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.0, 2.0, 3.0, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

RPC_SERVER_SECONDS = Histogram(
    "omo_rpc_server_seconds", "Time to answer an RPC.", ("service", "method", "code"), buckets=_SECONDS
)
RPC_CLIENT_SECONDS = Histogram(
    "omo_rpc_client_seconds", "Time until an RPC of ours was answered.", ("service", "method", "code"), buckets=_SECONDS
)
HTTP_SECONDS = Histogram(
    "omo_http_seconds", "Time to answer a request.", ("route", "method", "status"), buckets=_SECONDS
)
RPC_SERVER_IN_FLIGHT = Gauge("omo_rpc_server_in_flight", "RPCs being answered now.")
DB_POOL_WAIT_SECONDS = Histogram("omo_db_pool_wait_seconds", "Time to get a connection.", buckets=_SECONDS)
DB_POOL_IN_USE = Gauge("omo_db_pool_in_use", "Connections in use.")
OUTBOX_OLDEST_SECONDS = Gauge("omo_outbox_oldest_seconds", "Age of the oldest event that is not published.")
OUTBOX_PUBLISHED = Counter("omo_outbox_published", "Events published.")
INBOX_LAG = Gauge("omo_inbox_lag", "Events that wait for a durable consumer.", ("stream", "durable"))
INBOX_HANDLED = Counter("omo_inbox_handled", "Events handled, by outcome.", ("stream", "outcome"))
DLQ_SIZE = Gauge("omo_dlq_size", "Events in the dead-letter table.")
SAGA_DUE = Gauge("omo_saga_due", "Timers and sagas that are due and not leased.")
SAGA_NEEDS_ATTENTION = Gauge("omo_saga_needs_attention", "Timers and sagas that gave up and wait for a person.")
POS_STREAMS = Gauge("omo_pos_streams", "Open streams of store systems.")
POS_UNACKED = Gauge("omo_pos_unacked", "Frames of store systems that are not acknowledged yet.")
BATCH_SIZE = Histogram("omo_batch_size", "Items per group commit.", ("batcher",), buckets=_SIZES)
BATCH_WAIT_SECONDS = Histogram(
    "omo_batch_wait_seconds", "Time an item waits for its batch.", ("batcher",), buckets=_SECONDS
)
INVARIANT_VIOLATIONS = Gauge("omo_invariant_violations", "Violations found by the last proof.", ("id",))
OTP_COMPLETION_RATIO = Gauge("omo_otp_completion_ratio", "Codes used of the last codes sent.", ("prefix",))
NATS_CONNECTED = Gauge("omo_nats_connected", "1 while connected to the broker.")
READY = Gauge("omo_ready", "1 while the process can do its work.")


def render() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
