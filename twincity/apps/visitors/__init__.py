"""Signing in with an account of another node of the circle."""
