"""What the pages of signing in show from other units."""

from __future__ import annotations

from django import template

from twincity.engines.identity import facade
from twincity.engines.identity.facade import SignInWay

register = template.Library()


@register.simple_tag
def sign_in_ways() -> list[SignInWay]:
    """Ways to sign in that units have brought: ``route`` and ``title``."""
    return facade.sign_in_ways()
