"""The page and the operation: who may see what, and what is refused."""

from __future__ import annotations

import pytest
from django.urls import reverse

from twincity.apps.xroad import operations, queries
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import services as exchange
from twincity.engines.exchange.names.book import OutsideName
from twincity.engines.identity import facade as identity
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
PASSWORD = "quite-long-enough-9"


def enter(client, role):
    identity.create_account(username="somebody", password=PASSWORD, roles=[role])
    assert client.login(username="somebody", password=PASSWORD)
    return client


@pytest.mark.parametrize(("role", "status"), [("operator", 200), ("steward", 403), ("auditor", 403), ("official", 403)])
def test_the_page_is_the_operator_s(mine, client, role, status) -> None:
    assert client.get(reverse("xroad:index")).status_code == 302
    assert enter(client, role).get(reverse("xroad:index")).status_code == status


def test_names_and_servers_are_shown_and_led_to_from_the_first_page(mine, client) -> None:
    exchange.give_name(OutsideName(("CY", "GOV", "1", "GIS"), circle.member_id(), services={"maps": "divisions"}))
    operations.server(operations.Trusted(address="192.0.2.7", title="EE"))
    page = enter(client, "operator").get(reverse("xroad:index"), headers={"accept-language": "en"}).content.decode()
    assert "CY/GOV/1/GIS" in page
    assert "maps → divisions" in page
    assert "192.0.2.7" in page
    assert f'href="{reverse("xroad:index")}"' in client.get("/").content.decode()


def test_a_server_is_named_changed_and_removed(mine) -> None:
    operations.server(operations.Trusted(address="192.0.2.7", purpose="planning"))
    changed = operations.server(operations.Trusted(address="192.0.2.7", title="EE"))
    assert changed == [{"address": "192.0.2.7", "title": "EE", "purpose": "xroad"}]
    assert queries.security_server("192.0.2.8") is None
    assert operations.server(operations.Trusted(address="192.0.2.7", remove=True)) == []
    with pytest.raises(Problem, match="There is no"):
        operations.server(operations.Trusted(address="192.0.2.7", remove=True))
    with pytest.raises(Problem, match="breaks"):
        operations.server(operations.Trusted(address="home"))
