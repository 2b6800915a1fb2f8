"""A person's own pages: who they are here, their sessions and their mandates."""

from __future__ import annotations

from twincity.engines.identity.pages.mandates import acting, mandates, revoke
from twincity.engines.identity.pages.me import me
from twincity.engines.identity.pages.sessions import end_session, sessions

__all__ = ["acting", "end_session", "mandates", "me", "revoke", "sessions"]
