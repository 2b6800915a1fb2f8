"""What a steward's browser does, for tests of pages."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from twincity.engines.catalogue import services
from twincity.engines.catalogue.tests.examples import ME

ID = f"https://{ME}/standard/division/1.0.0"
HTML = {"Accept": "text/html", "Accept-Language": "zh-hans"}


def get(client, address, status=200, **query):
    answer = client.get(address, query, headers=HTML)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def post(client, address, status=302, **data):
    answer = client.post(address, data, headers=HTML)
    assert answer.status_code == status, answer.content.decode()[:6000]
    return answer.content.decode()


def file(text, name="table.csv"):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def draft_of(standard):
    return services.begin_draft(standard=standard, by="li")


def part(draft, kind, place):
    return reverse("catalogue-draft-part", args=[draft.pk, kind, place])


def standard_now(draft):
    draft.refresh_from_db()
    return services.standard_of_draft(draft)


def form_of(client, address):
    """What a browser would send back unchanged."""
    form = client.get(address, headers=HTML).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False, "")}
