"""A node's home: the folder that holds its settings, keys, databases and logs.

``node.toml`` is written by ``twincity init`` and edited by the operator; all else in the folder is the node's own.
Secrets lie in ``keys/`` (mode 0700, files 0600) and nowhere else.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from twincity.kernel.keys import PrivateKey, b64url, unb64url
from twincity.kernel.locale_text import LocalText

Use = Literal["root", "tc1", "log", "witness"]


class Limits(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """Bounds of one node; every one may be set under ``[limits]`` in ``node.toml``."""

    body: int = 1_048_576
    """Largest buffered request or response body in bytes; larger ones travel as streams."""
    concurrency: int = 256
    """Ceiling of the adaptive limit on exchanges in progress."""
    peer_rate: int = 5000
    """Requests a second accepted from one peer before 429."""
    anonymous_rate: int = 50
    """Page requests a second accepted from one address."""
    queue: int = 8192
    """Records waiting for the ledger's writer before 503."""


class SignIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """Another OpenID provider whose accounts may sign in, ``[sign-in.NAME]`` in ``node.toml``.

    The client's secret lies in ``keys/sign-in-NAME``.
    """

    title: LocalText
    """What the button says."""
    issuer: str
    """Base address of the provider, exactly as its discovery document and ID tokens name it."""
    client_id: str
    """What the provider calls this node."""
    accounts: Literal["linked", "new"] = "linked"
    """``linked``: only subjects that an operator or the account itself has linked. ``new``: others get an account."""
    scopes: list[str] = msgspec.field(default_factory=lambda: ["openid", "profile"])
    """What the provider is asked for."""
    claim: str = ""
    """Claim that holds the person's roles at the provider."""
    roles: dict[str, str] = {}
    """Value of that claim, and the role it gives here to an account made by ``new``; what is missing gives none."""


class SourceSystem(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """A system of the member that data or services are taken from."""

    url: str
    """``sqlite:///PATH`` or ``postgresql://…`` of a database, ``http://…`` of a service."""


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename="kebab"):
    """What ``node.toml`` says."""

    id: str
    """Name of the member in the circle, a domain name."""
    title: LocalText
    division: str
    """GB/T 2260 code of the member's territory."""
    address: str
    """Base URL at which other nodes reach this one."""
    listen: str = "127.0.0.1:8400"
    """Interface and port that the node binds."""
    apps: list[str] = msgspec.field(default_factory=lambda: ["sharing", "visitors"])
    """Enabled apps."""
    database: str = "sqlite"
    """``sqlite`` or a ``postgresql://`` address."""
    languages: list[str] = msgspec.field(default_factory=lambda: ["zh-hans", "en"])
    """Languages of the pages, first one is the default."""
    allowed_hosts: list[str] = msgspec.field(default_factory=list)
    """Further host names under which the pages are served."""
    dataspace_path: str = "/dsp"
    """Where the endpoints of the Dataspace Protocol stand, when the app ``dataspace`` is enabled."""
    log_format: Literal["json", "console"] = "json"
    limits: Limits = Limits()
    sign_in: dict[str, SignIn] = {}
    """Other OpenID providers by name."""
    sources: dict[str, SourceSystem] = msgspec.field(default_factory=dict)
    """Databases and services that stewards may register from, by name; nothing else is ever called."""

    @property
    def jurisdiction(self) -> str:
        """Province-level code: witnesses must come from another one."""
        return self.division[:2] + "0000"


class Home:
    """One node's folder, opened."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.config = load(self.path / "node.toml")

    @classmethod
    def create(cls, path: Path, config: Config) -> Home:
        """Write a new home with fresh keys.

        Raises:
            FileExistsError: when the folder already holds a node.
        """
        path.mkdir(parents=True, exist_ok=True)
        target = path / "node.toml"
        if target.exists():
            raise FileExistsError(target)
        (path / "keys").mkdir(mode=0o700, exist_ok=True)
        target.write_text(render(config), "utf-8")
        home = cls(path)
        for use in ("root", "tc1", "log", "witness"):
            home.add_key(use, PrivateKey.generate())
        home.add_key("tc1", PrivateKey.generate(), name="tc1-next")
        for name in ("django", "operator"):
            write_secret(home.path / "keys" / name, secrets.token_urlsafe(48))
        return home

    def key(self, name: str) -> PrivateKey:
        """The private key kept as ``keys/NAME.key``."""
        suite, _, text = (self.path / "keys" / f"{name}.key").read_text("ascii").strip().partition(":")
        return PrivateKey(suite, unb64url(text))

    def add_key(self, use: Use, key: PrivateKey, *, name: str = "") -> None:
        """Keep a private key, replacing the one of that name."""
        write_secret(self.path / "keys" / f"{name or use}.key", f"{key.suite}:{b64url(key.raw)}\n")

    def secret(self, name: str) -> str:
        """A secret text kept in ``keys/NAME``."""
        return (self.path / "keys" / name).read_text("ascii").strip()

    def logs(self, name: str) -> Path:
        """Folder of one of this node's own logs."""
        return self.path / "logs" / name


@cache
def current() -> Home:
    """The home this process serves, named by ``TWINCITY_HOME``."""
    return Home(Path(os.environ["TWINCITY_HOME"]))


def load(path: Path) -> Config:
    """Read ``node.toml``; unknown settings are refused.

    Raises:
        msgspec.ValidationError: naming the setting that is wrong.
    """
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Config)


def render(config: Config) -> str:
    """``node.toml`` for a configuration."""
    values = msgspec.to_builtins(config)
    tables = {key: values.pop(key) for key in ("title", "limits")}
    tables |= {f"sign-in.{name}": table for name, table in values.pop("sign-in").items()}
    tables |= {f"sources.{name}": system for name, system in values.pop("sources").items()}
    lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    # JSON strings, numbers and arrays of strings are valid TOML, but for DEL, which only TOML wants escaped.
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def write_secret(path: Path, text: str) -> None:
    """Write a file of ``keys/`` that only the node's user may read; whole or not at all."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
