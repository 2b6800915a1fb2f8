"""A circle without a network: members with real keys and logs in memory; and documents to publish in it."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

from twincity.engines.catalogue import services
from twincity.engines.catalogue.documents import ENDORSEMENT, Dataset, QualitySummary
from twincity.engines.catalogue.rules import Code, CodeList, Field, Quality, Standard
from twincity.engines.catalogue.rules.model import Rule, Source, Unique
from twincity.engines.catalogue.services import intake
from twincity.engines.circle import facade
from twincity.engines.circle.trust.charter import Anchor, Charter
from twincity.engines.circle.trust.documents import NodeMetadata
from twincity.engines.circle.trust.errors import refuse
from twincity.kernel import canonical, jws
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText

ME, OTHER, COUNTY = "cq.example", "sc.example", "dj.cq.example"


def anchor(name):
    """An anchor of the charter, without the keys that its statements would need."""
    return Anchor(name, LocalText(name, name), "500000", f"https://{name}", {}, {}, {})


class Circle:
    """Two provinces and a county; ``me`` is the node under test."""

    def __init__(self):
        self.me = ME
        self.keys = {name: PrivateKey.generate() for name in (ME, OTHER, COUNTY)}
        self.logs = {name: [] for name in self.keys}
        self.charter = Charter("chuan-yu", 1, 2, 0, 1, tuple(anchor(name) for name in (ME, OTHER)))
        self.members = {
            ME: SimpleNamespace(node=NodeMetadata(LocalText("重庆市", "Chongqing"), "500000", "https://cq.example")),
            OTHER: SimpleNamespace(node=NodeMetadata(LocalText("四川省", "Sichuan"), "510000", "https://sc.example")),
        }

    def stand_in(self, monkeypatch):
        """Take the place of the real circle during a test."""
        intake._arrived.clear()  # places in the logs of another test's circle
        monkeypatch.setattr(facade, "publish", self.publish)
        monkeypatch.setattr(facade, "read_published", self.read_published)
        monkeypatch.setattr(facade, "signer", self.signer)
        monkeypatch.setattr(facade, "publish_all", self.publish_all)
        monkeypatch.setattr(facade, "logged", self.logged)
        monkeypatch.setattr(facade, "member_id", lambda: self.me)
        monkeypatch.setattr(facade, "is_open", lambda: True)
        monkeypatch.setattr(facade, "directory", lambda: self)
        return self

    def publish(self, *, typ, payload):
        return self.publish_as(self.me, typ, payload)

    def publish_all(self, *, typ, payloads):
        return [self.publish_as(self.me, typ, canonical.decode(payload)) for payload in payloads]

    def publish_as(self, owner, typ, payload, key=None):
        """Sign and log; the handler hears of it as it does from the real circle."""
        token = jws.sign(payload, key or self.keys[owner], typ=typ)
        self.logs[owner].append((typ, token))
        self.hear(typ, owner, len(self.logs[owner]) - 1, token)
        return len(self.logs[owner]) - 1

    def replay(self):
        for owner, log in self.logs.items():
            for index, (typ, token) in enumerate(log):
                self.hear(typ, owner, index, token)

    @staticmethod
    def hear(typ, owner, index, token):
        if typ == ENDORSEMENT:
            services.receive_endorsement(owner, index, token)
        else:
            services.receive(typ, owner, index, token)

    def read_published(self, owner, token, typ):
        key = self.keys[owner].public
        try:
            return jws.verify(token, {key.kid: key}.get, typ=typ)
        except jws.JWSError as error:
            raise refuse(str(error)) from error

    def logged(self, owner, places):
        return {place: self.logs[owner][place][1] for place in places}

    def signer(self):
        return SimpleNamespace(kid=self.keys[self.me].public.kid)


def a_standard(version="1.0", **changes):
    """Divisions, in short."""
    values = {
        "id": "division",
        "version": version,
        "title": LocalText("行政区划代码", "Division codes"),
        "source": Source(standard="GB/T 2260-2007"),
        "fields": (
            Field(name="code", title=LocalText("代码", "code"), pattern="[0-9]{6}", key=True, required=True),
            Field(name="level", title=LocalText("级别", "level"), type="code", codes="level", grade="general-2"),
            Field(name="phone", title=LocalText("电话", "telephone"), grade="important"),
        ),
        "lists": (
            CodeList(
                id="level",
                title=LocalText("级别", "Levels"),
                codes=(Code(code="county", title=LocalText("县级", "county")),),
            ),
        ),
        "rules": (
            Rule(
                id="once",
                kind=Quality.ACCURACY,
                title=LocalText("代码不重复", "codes differ"),
                check=Unique(fields=("code",)),
                source=Source(standard="GB/T 36344-2018"),
            ),
        ),
    }
    return Standard(**{**values, **changes})


def a_dataset(**changes):
    """The table of that standard."""
    values = {
        "name": "divisions",
        "title": LocalText("行政区划", "Administrative divisions"),
        "description": LocalText("县级以上和乡级行政区划", "Counties, cities and towns"),
        "standard": "https://cq.example/standard/division/1.0",
        "licence": "CC-BY-4.0",
        "rhythm": "annual",
        "division": "500000",
        "rows": 1093,
        "sha256": hashlib.sha256(b"rows").hexdigest(),
        "quality": QualitySummary(verdict="passed", scores={Quality.ACCURACY: 1000, Quality.TIMELINESS: None}),
    }
    return Dataset(**{**values, **changes})


SERVICE = {
    "name": "divisions",
    "title": {"zh-Hans": "行政区划查询", "en": "Division look-up"},
    "dataset": "divisions",
    "standard": "division",
    "class": "normal",
    "endpoints": [{"method": "GET", "path": "/units/{code}/towns", "parameters": ["code"], "stream": False}],
}
