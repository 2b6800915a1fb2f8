"""The exchange for people: what was exchanged, under which agreements, and why a call is or is not allowed.

Who calls whom for what is nobody's business outside the office: everything here asks for a role, and only stewards sign.
"""

from __future__ import annotations

SEE = ("official", "steward", "auditor", "operator")
"""Roles that may look."""
SIGN = ("steward",)
"""Roles that may ask for data and decide on requests in the member's name."""
