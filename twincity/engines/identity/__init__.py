"""Accounts, roles, parties, and the member's own information systems."""
