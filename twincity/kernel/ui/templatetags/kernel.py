"""The components: ``{% load kernel %}``. README.md beside the kit shows each in use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from twincity.kernel.problems import Problem
from twincity.kernel.ui import parts
from twincity.kernel.ui.charts import Figure
from twincity.kernel.ui.maps import Layer
from twincity.kernel.ui.tables import Table
from twincity.kernel.ui.timelines import Event

register = template.Library()
register.simple_tag(parts.pill)
register.simple_tag(parts.chip)
register.simple_tag(parts.ident)
register.simple_tag(parts.yes_no)


@register.simple_tag
def instant(value: datetime | float | None, style: str = "second") -> SafeString:
    """``{% instant case.opened %}``, ``{% instant row.at "minute" %}``: see :func:`parts.instant`."""
    return parts.instant(value, style)


@register.simple_tag
def mark() -> SafeString:
    """The product's mark, drawn in the colour of the text."""
    return render_to_string("kernel/parts/mark.html")


@register.simple_tag
def crumb(text: object, route: str = "", *args: Any) -> SafeString:
    """One step of the breadcrumbs; without a route it is the page itself."""
    if not route:
        return format_html('<li aria-current="page">{}</li>', text)
    return format_html("<li>{}</li>", parts.link(reverse(route, args=args), text))


@register.inclusion_tag("kernel/parts/progress.html")
def progress(done: float, total: float | None = None, label: object = "") -> dict[str, Any]:
    """How far something is: ``{% progress 3 10 label %}``; without a total only that it goes on."""
    return {"done": done, "total": total, "label": label}


@register.inclusion_tag("kernel/parts/timeline.html")
def timeline(events: Iterable[Event]) -> dict[str, Any]:
    """What happened, as :class:`timelines.Event`, in the order given."""
    return {"events": events}


@register.inclusion_tag("kernel/parts/chart.html")
def chart(figure: Figure) -> dict[str, Any]:
    """A :class:`charts.Figure`, with its values as a table below; the table is all there is without scripts."""
    return {"figure": figure, "data": json_script(figure.data())}


@register.inclusion_tag("kernel/parts/map.html", name="map")
def map_(layer: Layer) -> dict[str, Any]:
    """A :class:`maps.Layer`, with its features as a list below; the list is all there is without scripts."""
    return {"layer": layer, "data": json_script(layer.data())}


@register.inclusion_tag("kernel/parts/loading.html")
def loading(lines: int = 3, label: object = "") -> dict[str, Any]:
    """The place of content that is on its way; inside ``{% live %}`` it is fetched at once."""
    return {"lines": range(lines), "label": label}


@register.inclusion_tag("kernel/parts/facts.html")
def facts(rows: Iterable[tuple[object, object]]) -> dict[str, Any]:
    """A list of names and values: ``{% facts rows %}`` with pairs."""
    return {"rows": [(label, parts.shown(value)) for label, value in rows]}


@register.inclusion_tag("kernel/parts/table.html")
def table(table: Table) -> dict[str, Any]:
    """A :class:`Table`; below 640 px each row becomes a card."""
    return {"table": table}


@register.inclusion_tag("kernel/parts/steps.html")
def steps(items: Iterable[tuple[object, str, object]]) -> dict[str, Any]:
    """Steps of a process: (label, state, note), state being ``done``, ``now``, ``next`` or ``failed``."""
    return {"items": items}


@register.inclusion_tag("kernel/parts/pages.html", takes_context=True)
def pages(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Links to the pages of a listing; other parameters of the address are kept."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {"page": page, "numbers": numbers, "request": context.get("request"), "gap": page.paginator.ELLIPSIS}


@register.inclusion_tag("kernel/parts/problem.html")
def problem(problem: Problem) -> dict[str, Any]:
    """A problem in the page's language, with the field and the rule it names."""
    return {"problem": problem, "text": problem.text(get_language() or "")}


@register.inclusion_tag("kernel/parts/field.html")
def field(field: BoundField) -> dict[str, Any]:
    """One form field with its label, help and errors tied to it."""
    return {"field": field, "kind": getattr(field.field.widget, "input_type", "")}


@register.inclusion_tag("kernel/parts/errors.html")
def errors(form: BaseForm, least: int = 1) -> dict[str, Any]:
    """What is wrong with a form: its own errors, and, from ``least`` fields on, links to the fields that have some."""
    wrong = [bound for bound in form if bound.errors]
    links = [(_target(bound), bound.label, error) for bound in wrong for error in bound.errors]
    return {"own": form.non_field_errors(), "links": links if len(wrong) >= least else []}


@register.inclusion_tag("kernel/parts/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """All fields of a form, its own errors first."""
    return {"form": form}


@register.simple_block_tag
def panel(content: SafeString, title: object, more: str = "", label: object = "") -> SafeString:
    """A titled section: ``{% panel title more=url label=text %}…{% endpanel %}``."""
    return _block("panel", content, title=title, more=more, label=label)


@register.simple_block_tag
def notice(content: SafeString, tone: str = "info", title: object = "") -> SafeString:
    """A remark that stands out: ``{% notice "warn" title %}…{% endnotice %}``."""
    return _block("notice", content, tone=tone, title=title)


@register.simple_block_tag
def nothing(content: SafeString, title: object) -> SafeString:
    """What stands where a list would be: ``{% nothing title %}what to do about it{% endnothing %}``."""
    return _block("nothing", content, title=title)


@register.simple_block_tag
def offline(content: SafeString, title: object, retry: str = "") -> SafeString:
    """What stands where a partner or a source cannot be reached: ``{% offline title retry=url %}…{% endoffline %}``."""
    return _block("state", content, title=title, retry=retry, kind="offline")


@register.simple_block_tag
def failure(content: SafeString, title: object, retry: str = "") -> SafeString:
    """What stands where content could not be made: ``{% failure title retry=url %}…{% endfailure %}``."""
    return _block("state", content, title=title, retry=retry, kind="failure")


@register.simple_block_tag
def live(content: SafeString, src: str, every: int = 5) -> SafeString:
    """Content fetched anew from ``src`` every so many seconds; without scripts it stays as first drawn."""
    return format_html('<tc-live src="{}" every="{}">{}</tc-live>', src, every, content)


def _target(bound: BoundField) -> str:
    """The id of a field's input, of the first where there are several."""
    return bound.id_for_label or f"{bound.auto_id}_0"


def _block(name: str, content: SafeString, **context: Any) -> SafeString:
    return render_to_string(f"kernel/parts/{name}.html", {**context, "content": content})
