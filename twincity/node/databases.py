"""SQLite or PostgreSQL by the same code: Django's database entry for an address."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=10000; PRAGMA mmap_size=67108864;"


def database(url: str, folder: Path | None) -> dict[str, Any]:
    """The entry for ``sqlite`` or ``postgresql://user:password@host:port/name?option=…``.

    Raises:
        ValueError: for any other address.
    """
    if url == "sqlite":
        return _sqlite(folder)
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("database must be 'sqlite' or a postgresql:// address")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _sqlite(folder: Path | None) -> dict[str, Any]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:" if folder is None else folder / "main.db",
        "CONN_MAX_AGE": None,
        # IMMEDIATE: a transaction that will write takes the lock at its start and cannot fail half way.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": PRAGMAS},
    }
