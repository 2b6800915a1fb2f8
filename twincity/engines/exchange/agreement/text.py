"""An agreement as people read it, in both languages."""

from __future__ import annotations

from twincity.engines.exchange.agreement.terms import Obligation, Terms
from twincity.engines.exchange.rules import RowFilter
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText

_OPS = {"in": ("为", "is one of"), "prefix": ("以此开头:", "starts with"), "min": ("不小于", "is at least")}
_DUTIES = {
    "delete": ("删除所得数据", "delete the data"),
    "inform": ("告知提供方使用情况", "tell the provider how the data were used"),
    "attribute": ("注明数据来源", "name the source of the data"),
}


def render(terms: Terms, *, provider: str, consumer: str) -> LocalText:
    """One paragraph that says who may do what, for what, within which limits and until when."""
    until = clock.instant(terms.not_after * 1000).strftime("%Y-%m-%d")
    rows_zh = "; ".join(_row(row, 0) for row in terms.rows) or "全部记录"
    rows_en = "; ".join(_row(row, 1) for row in terms.rows) or "all records"
    fields = ", ".join(terms.fields)
    asked_zh = f"每次调用须有本人按 {terms.consent} 作出的同意; " if terms.consent else ""
    asked_en = f"each call needs the consent of the person under {terms.consent}; " if terms.consent else ""
    return LocalText(
        zh=(
            f"{provider} 准许 {consumer} 以 {'/'.join(terms.methods)} 调用服务 {terms.service}{terms.path}, "
            f"用途限于 {terms.purpose} ({terms.reason.zh}); 记录范围: {rows_zh}; 字段: {fields or '标准所列全部字段'}; "
            f"{asked_zh}每分钟不超过 {terms.rate or '不限'} 次; 有效至 {until}。" + _duties(terms, 0)
        ),
        en=(
            f"{provider} lets {consumer} call {terms.service}{terms.path} by {'/'.join(terms.methods)}, "
            f"only for {terms.purpose} ({terms.reason.en}); records: {rows_en}; "
            f"fields: {fields or 'all of the standard'}; "
            f"{asked_en}at most {terms.rate or 'any number of'} calls a minute; until {until}." + _duties(terms, 1)
        ),
    )


def _row(row: RowFilter, language: int) -> str:
    word = _OPS.get(row.op, ("不大于", "is at most"))[language]
    return f"{row.field} {word} {', '.join(row.values)}"


def _duties(terms: Terms, language: int) -> str:
    said = [duty(each, terms.not_after)[language] for each in terms.obligations]
    if not said:
        return ""
    return f" 使用方义务: {'; '.join(said)}。" if language == 0 else f" The consumer must {'; '.join(said)}."


def duty(obligation: Obligation, not_after: int) -> tuple[str, str]:
    """An obligation with its day, in Chinese and English."""
    day = clock.instant((obligation.by or not_after) * 1000).strftime("%Y-%m-%d")
    zh, en = _DUTIES[obligation.action]
    return f"于 {day} 前{zh}", f"{en} by {day}"
