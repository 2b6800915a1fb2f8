"""Test vectors of the tc1 protocol (FEDERATION.md), and the script that makes them."""
