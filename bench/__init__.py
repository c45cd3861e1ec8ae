"""Benchmarks: ours against somebody else's, in one run, both answers compared."""
