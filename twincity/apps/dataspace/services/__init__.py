"""Writes of the dataspace face: offers and partners, negotiations, transfers, the outbox."""
