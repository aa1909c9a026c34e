"""Stories that run from the outside only: HTTP against the gateway, gRPC against the store door."""
