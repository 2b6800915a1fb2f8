"""The exchange for people: what was exchanged, under which agreements, and why a call is or is not allowed."""
