"""Offline verification of logs and proofs by someone who trusts neither side.

Needs the standard library and PyNaCl only: no web framework, no database, no network, no clock.
"""
