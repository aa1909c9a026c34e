"""The test harness: real servers, real processes, faults, and what watches them."""
