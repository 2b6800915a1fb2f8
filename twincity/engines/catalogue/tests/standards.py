"""Standards as hypothesis makes them: without faults, with rules that a row can keep."""

from __future__ import annotations

from hypothesis import strategies as st

from twincity.engines.catalogue.rules import Code, CodeList, Field, Quality, Standard
from twincity.engines.catalogue.rules.model import (
    GRADES,
    Among,
    Filled,
    Fresh,
    Ordered,
    Reference,
    Rule,
    StartsWith,
    Unique,
    When,
)
from twincity.kernel.locale_text import LocalText

TITLE = LocalText("名", "name")
PATTERNS = ("[0-9]{4}", "[A-Z]{2}[0-9]{2,3}", "(?:甲|乙)[0-9]+", "5[01]0[0-9]{3}", r"\d{2}-\w?", "[^a-z]{2}")


def field(name):
    common = {
        "name": st.just(name),
        "title": st.just(TITLE),
        "required": st.booleans(),
        "grade": st.sampled_from(GRADES),
    }
    texts = st.fixed_dictionaries(common | {"type": st.just("string"), "pattern": st.sampled_from(("", *PATTERNS))})
    sized = st.fixed_dictionaries(
        common | {"type": st.just("string"), "min_length": st.integers(0, 3), "max_length": st.integers(3, 9)}
    )
    numbers = st.fixed_dictionaries(
        common
        | {
            "type": st.sampled_from(["integer", "decimal"]),
            "minimum": st.sampled_from(["", "-5", "10"]),
            "maximum": st.sampled_from(["", "10", "70"]),
        }
    )
    dates = st.fixed_dictionaries(
        common
        | {
            "type": st.just("date"),
            "minimum": st.sampled_from(["", "2020-01-01"]),
            "precision": st.sampled_from(["day", "month"]),
        }
    )
    others = st.fixed_dictionaries(common | {"type": st.sampled_from(["boolean", "point", "datetime"])})
    codes = st.fixed_dictionaries(common | {"type": st.just("code"), "codes": st.just("list")})
    return st.one_of(texts, sized, numbers, dates, others, codes).map(lambda values: Field(**values))


def rule(fields):
    names = [each.name for each in fields]
    one = st.sampled_from(names)
    checks = [
        st.builds(Filled, field=one),
        st.builds(Unique, fields=st.lists(one, min_size=1, max_size=2, unique=True).map(tuple)),
        st.builds(Reference, field=one, to=one),
        st.builds(StartsWith, field=one, prefix=one),
    ]
    dates = [each.name for each in fields if each.type == "date"]
    if dates:
        checks += [st.builds(Fresh, field=st.sampled_from(dates), days=st.integers(1, 400))]
        checks += [st.builds(Ordered, first=st.sampled_from(dates), second=st.sampled_from(dates))]
    coded = [each.name for each in fields if each.type == "code"]
    if coded:
        checks += [st.builds(Among, field=st.sampled_from(coded), values=st.just(("1",)))]

    def conditioned(check):
        when = () if isinstance(check, Fresh) else st.just(())
        if when != ():
            when = st.one_of(st.just(()), st.builds(When, field=one).map(lambda found: (found,)))
        return st.builds(
            Rule,
            id=st.just("r"),
            kind=st.sampled_from(list(Quality)),
            title=st.just(TITLE),
            check=st.just(check),
            when=when if when != () else st.just(()),
            threshold=st.sampled_from([1000, 900]),
        )

    return st.one_of(checks).flatmap(conditioned)


@st.composite
def standards(draw):
    """A standard without faults; its rules may still contradict its fields."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5, unique=True))
    fields = tuple(draw(field(name)) for name in names)
    if draw(st.booleans()):
        fields = (Field(name="id", title=TITLE, key=True, required=True), *fields)
    rules = [draw(rule(fields)) for _ in range(draw(st.integers(0, 3)))]
    numbered = tuple(Rule(**{**_values(each), "id": f"r{number}"}) for number, each in enumerate(rules))
    codes = tuple(Code(code=str(number), title=TITLE) for number in range(draw(st.integers(2, 5))))
    return Standard(
        id="made",
        version="1.0.0",
        title=TITLE,
        fields=fields,
        lists=(CodeList(id="list", title=TITLE, codes=codes),),
        rules=numbered,
    )


def _values(found):
    return {name: getattr(found, name) for name in found.__struct_fields__}
