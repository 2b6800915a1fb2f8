"""Grants of a node's own making, and the exchange by name: what an operator's commands and pages call."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from twincity.engines.circle import services as circle_services
from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.models import Agreement, GrantRow
from twincity.engines.exchange.rules import Grant, Request
from twincity.engines.exchange.services.grants import grant_row, refresh_grants
from twincity.engines.exchange.tests.agreements_world import (
    allowed,
    me,
    received,
    refused,
)
from twincity.engines.exchange.wire import runtime
from twincity.kernel import canonical, clock
from twincity.kernel.operations import perform
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db


class TestOwnGrants:
    GRANT = Grant(id="open", subject="any", service="divisions", purposes=("*",))

    def test_they_are_kept_and_in_force_at_once(self, mine):
        assert services.add_grants([self.GRANT]) == 1
        assert queries.grants() == [self.GRANT]
        assert allowed(service="divisions", member="anybody.test")

    def test_one_of_the_same_id_takes_the_place_of_the_other(self, mine):
        services.add_grants([self.GRANT])
        services.add_grants([msgspec.structs.replace(self.GRANT, effect="deny")])
        assert [each.effect for each in queries.grants()] == ["deny"]

    def test_of_several_all_or_none_are_kept(self, mine):
        odd = msgspec.structs.replace(self.GRANT, id="odd", path="x")
        refused(lambda: services.add_grants([self.GRANT, odd]), "grant-invalid", "path")

    def test_the_version_of_the_policy_is_the_digest_of_its_grants(self, mine):
        services.add_grants([self.GRANT, msgspec.structs.replace(self.GRANT, id="another")])
        each = [hashlib.sha256(canonical.encode(msgspec.to_builtins(one))).digest() for one in queries.grants()]
        assert runtime.current().grants.version == hashlib.sha256(b"".join(each)).hexdigest()[:16]

    def test_a_change_of_one_agreement_leads_to_the_same_index_as_reading_all_anew(self, mine):
        services.add_grants([self.GRANT])
        agreement = Agreement.objects.create(
            id="a", provider="p", consumer="c", service="s", purpose="x", terms={}, request="", requested_at=clock.now()
        )
        row = grant_row(msgspec.structs.replace(self.GRANT, id="a.1", subject="member:c"), agreement)
        for change in (row.save, GrantRow.objects.filter(pk="a.1").delete):
            change()
            refresh_grants("a")
            quick = runtime.current().grants
            services.reload_grants()
            whole = runtime.current().grants
            assert quick.version == whole.version
            call = Request("c", self.GRANT.service, "GET", "/", "planning", now=clock.unix())
            assert list(quick.candidates(call)) == list(whole.candidates(call))
            assert (row.pk in [one.id for one in quick.candidates(call)]) == (change == row.save)

    def test_rows_that_were_switched_off_do_not_count(self, mine):
        services.add_grants([self.GRANT])
        GrantRow.objects.update(active=False)
        services.reload_grants()
        assert not allowed(service="divisions")

    def test_many(self, mine):
        services.add_grants([msgspec.structs.replace(self.GRANT, id=f"g{number}") for number in range(1200)])
        assert len(queries.grants()) == 1200


class TestOperations:
    """The same by name, with JSON in and out."""

    def told(self, agreement: dict[str, Any]) -> dict[str, Any]:
        return {name: agreement[name] for name in ("id", "provider", "consumer", "state", "told")}

    def test_asking(self, mine):
        given = {"service": "towns", "purpose": "planning", "reason": {"zh-Hans": "甲", "en": "A"}}
        made = perform("exchange.ask", {"provider": OTHER, "terms": given | {"not_after": clock.unix() + 100}})
        assert (made["state"], made["told"], made["consumer"]) == ("requested", False, me())
        assert made["terms"]["methods"] == ("GET",)
        assert made["text"].keys() == {"zh-Hans", "en"}
        assert self.told(perform("exchange.agreements", {})[0]) == self.told(made)
        assert perform("exchange.agreements", {"state": "active"}) == []

    def test_deciding_and_asking_why(self, mine):
        agreement = received(mine)
        assert (
            perform("exchange.decide", {"agreement": agreement.id, "state": "active", "by": "x"})["state"] == "active"
        )
        facts = {"member": OTHER, "service": "towns", "path": "/x", "purpose": "planning"}
        assert perform("exchange.why", facts)["allowed"] is True
        told = perform("exchange.why", facts | {"purpose": "tax"})
        assert told["allowed"] is False
        assert [(step["condition"], step["holds"]) for step in told["steps"]][-1] == ("purpose", False)
        assert told["steps"][-1].keys() == {"grant", "condition", "holds", "zh-Hans", "en"}

    def test_granting(self, mine):
        given = {"id": "g", "subject": "any", "service": "towns", "purposes": ["*"]}
        assert perform("exchange.grant", {"grants": [given]}) == {"grants": 1}
        with pytest.raises(Problem, match="grant-invalid"):
            perform("exchange.grant", {"grants": [given | {"path": ""}]})
        with pytest.raises(Problem, match="invalid"):
            perform("exchange.grant", {"grants": [given | {"effect": "maybe"}]})

    def test_a_grant_by_mark_ends_with_the_mark(self, mine):
        services.add_grants([Grant(id="m", subject=f"mark:{me()}/partner", service="towns", purposes=("*",))])
        circle_services.mark(member=OTHER, mark_id="partner", life=100)
        facts = {"member": OTHER, "service": "towns", "path": "/x", "purpose": "planning"}
        assert perform("exchange.why", facts)["allowed"] is True
        assert perform("exchange.why", facts | {"at": clock.unix() + 101})["allowed"] is False

    def test_a_grant_by_division(self, mine):
        services.add_grants([Grant(id="d", subject="division:51", service="towns", purposes=("*",))])
        facts = {"service": "towns", "path": "/x", "purpose": "planning"}
        assert perform("exchange.why", facts | {"member": OTHER})["allowed"] is True
        assert perform("exchange.why", facts | {"member": me()})["allowed"] is False
        assert perform("exchange.why", facts | {"member": "nobody.test"})["allowed"] is False
