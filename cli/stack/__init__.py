"""The embedded servers: Postgres, NATS and Valkey from PyPI wheels, run as our own processes on loopback."""
