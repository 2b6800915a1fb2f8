"""Agreements (数字合约): terms, the two signed documents, their compilation to grants, their text. Pure."""
