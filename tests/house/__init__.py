"""The house rules, each a function over source files and a test that it catches a planted violation."""
