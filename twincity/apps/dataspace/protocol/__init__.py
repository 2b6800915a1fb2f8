"""The Dataspace Protocol 2025-1 itself: its messages and its two state machines. Pure: no framework, clock, network.

Source: Eclipse Dataspace Protocol 2025-1, chapters "Contract Negotiation Protocol", "Transfer Process Protocol" and
their HTTPS bindings; the JSON Schemas are normative, JSON-LD is not processed.
"""
