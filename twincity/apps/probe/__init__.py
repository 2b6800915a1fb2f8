"""Probe: a service that does nothing, to try and measure the way to a partner."""
