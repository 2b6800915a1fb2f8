"""Text kept in both languages, for data that people read: titles of members, standards, datasets."""

from __future__ import annotations

import msgspec


class LocalText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A short text in Simplified Chinese and English; written ``{"zh-Hans": …, "en": …}``."""

    zh: str = msgspec.field(name="zh-Hans")
    en: str

    def in_language(self, language: str) -> str:
        """The text for a language tag such as ``en`` or ``zh-hans``; Chinese when in doubt."""
        return self.en if language.startswith("en") else self.zh
