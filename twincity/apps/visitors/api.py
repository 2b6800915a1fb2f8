"""The machine door: a signed call of another member redeems a code, or asks whether a visit still stands."""

from __future__ import annotations

import msgspec

from twincity.apps.visitors import rules, services
from twincity.apps.visitors.rules import Assertion, Standing, Token
from twincity.engines.exchange.facade import Call, Service
from twincity.kernel.locale_text import LocalText

sign_in = Service(rules.SERVICE, LocalText("跨节点登录", "Sign-in across nodes"))


class Redeem(msgspec.Struct, forbid_unknown_fields=True):
    """A code and what the asker kept back."""

    code: Token
    verifier: Token


class Check(msgspec.Struct, forbid_unknown_fields=True):
    """The handle of a visit."""

    visit: Token


@sign_in.post("/redeem")
def redeem(call: Call, given: Redeem) -> Assertion:
    """What the account behind a code agreed to show to the calling member."""
    return services.redeem(member=call.member, code=given.code, verifier=given.verifier)


@sign_in.post("/check")
def check(call: Call, given: Check) -> Standing:
    """Whether a visit at the calling member still stands, and the roles shown there that the account still holds."""
    return services.check(member=call.member, visit=given.visit)
