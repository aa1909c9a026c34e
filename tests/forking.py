"""Keeps gRPC's fork handlers away: they crash a server that a test starts while it has channels open.

gRPC reads the variable when it is loaded, so this is imported before everything else.
"""

import os

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
