"""Ledger: the node's transparency logs, their witnesses and proofs."""
