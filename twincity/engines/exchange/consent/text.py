"""A consent as the person reads it before deciding, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twincity.engines.exchange.consent.documents import DataAgreement
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText

Titles = Callable[[str], LocalText]
"""What a member is called."""


def render(
    agreement: DataAgreement, *, fields: Sequence[str], recipients: Sequence[str], until: int, title: Titles
) -> LocalText:
    """One paragraph: who gives what to whom, what for, how long, how it can be taken back; ``until`` in seconds."""
    day = clock.instant(until * 1000).strftime("%Y-%m-%d")
    named = [each.title for each in agreement.attributes if each.name in fields]
    givers, takers = title(agreement.iss), [title(each) for each in recipients]
    purpose_zh, purpose_en = agreement.why.zh.rstrip("。.;"), agreement.why.en.rstrip(".;")
    return LocalText(
        zh=(
            f"{givers.zh}将您的{'、'.join(each.zh for each in named)}提供给{'、'.join(each.zh for each in takers)}, "
            f"只用于: {purpose_zh}。有效至 {day}, 您可以随时撤回; 同意结束后, 接收方须在 "
            f"{agreement.retention_days} 天内删除。数据不出境。"
        ),
        en=(
            f"{givers.en} gives your {', '.join(each.en for each in named)} to "
            f"{', '.join(each.en for each in takers)}, only for: {purpose_en}. Until {day}; you may withdraw at any "
            f"time. After the end, the recipient deletes the data within {agreement.retention_days} days. "
            "The data do not leave the country."
        ),
    )
