"""Benchmarks: every promise of speed or size, measured against a limit or a peer in the same run."""
