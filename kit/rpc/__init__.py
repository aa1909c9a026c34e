"""gRPC as every process speaks it: who calls, how long it may take, what it cost and how it failed."""
