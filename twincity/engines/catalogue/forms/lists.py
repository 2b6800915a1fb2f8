"""One code list of a standard, pasted or brought in as CSV."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.forms.base import RevisionForm, source_initial, source_of, text_of, title_initial
from twincity.engines.catalogue.rules import CodeList
from twincity.engines.catalogue.rules.sheets import CODE_COLUMNS, read_codes
from twincity.engines.catalogue.rules.tabular import write_csv
from twincity.kernel.problems import Problem

_HEADER = ",".join(CODE_COLUMNS)


class ListForm(RevisionForm):
    """Id, titles, source and codes."""

    name = forms.CharField(label=_("Id"), max_length=63)
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    codes = forms.CharField(
        label=_("Codes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("One a line: code, title in Chinese, title in English"),
    )
    file = forms.FileField(
        label=_("Codes from a file"),
        required=False,
        help_text=_("CSV with the columns code, title_zh and title_en; replaces the codes above"),
    )
    source = forms.CharField(label=_("Based on"), max_length=200, required=False)
    article = forms.CharField(label=_("Article"), max_length=100, required=False)
    verified = forms.BooleanField(label=_("Checked against the text itself"), required=False)

    @staticmethod
    def initial_of(found: CodeList, revision: int) -> dict[str, Any]:
        """A list as initial values."""
        rows = [{"code": each.code, "title_zh": each.title.zh, "title_en": each.title.en} for each in found.codes]
        _, _, lines = write_csv(CODE_COLUMNS, rows).decode("utf-8-sig").partition("\r\n")
        return {
            "name": found.id,
            "codes": lines.replace("\r\n", "\n"),
            "revision": revision,
            **title_initial(found.title),
            **source_initial(found.source),
        }

    def clean(self) -> dict[str, Any]:
        """Read the codes, so that a fault in them stands beside them."""
        given = self.cleaned_data
        upload = given.get("file")
        data = upload.read() if upload else f"{_HEADER}\n{given.get('codes', '')}".encode()
        try:
            given["read"] = read_codes(data)
        except Problem as problem:
            self.add_error("file" if upload else "codes", problem.text(get_language() or ""))
        return given

    def made(self) -> CodeList:
        """The list."""
        given = self.cleaned_data
        return CodeList(id=given["name"], title=text_of(given, "title"), codes=given["read"], source=source_of(given))
