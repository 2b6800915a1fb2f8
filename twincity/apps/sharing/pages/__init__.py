"""Pages of the app: divisions and duties, open to everyone."""

from __future__ import annotations

from twincity.apps.sharing.pages.divisions import division, divisions
from twincity.apps.sharing.pages.duties import duties, duty

__all__ = ["division", "divisions", "duties", "duty"]
