"""Tests of the protocol as its specification tells it."""
