"""Making the tables anew: from the shared public data when it is there, and from small made-up folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support import shared
from twincity.apps.sharing.divisions import Basis, Change, Defect, Division, Kind, Status
from twincity.apps.sharing.divisions.retabulate.__main__ import main
from twincity.apps.sharing.divisions.retabulate.corrections import FILE, Corrections, Followed, read_corrections
from twincity.apps.sharing.divisions.retabulate.replay import ReplayError
from twincity.apps.sharing.divisions.retabulate.source import EVENTS, TOWNS, UNITS
from twincity.apps.sharing.divisions.retabulate.tool import tabulate
from twincity.apps.sharing.divisions.tables import CHANGES, DIVISIONS, FOLDER

NONE = Corrections(
    alternative_source="", dated=[], ignored=[], followed=[], alternatives=[], disputed=[], moved=[], began=[]
)


def folder(path: Path, units: dict[str, str], events: list[tuple]) -> Path:
    """A source with counties of 重庆 in force, and events (year, type, old code, old name, new code, new name)."""
    lines = ["code,name,level,parent_code,center_lng,center_lat", "500000,重庆市,province,100000,106.5,29.5"]
    lines += [f"{code},{name},county,500000,," for code, name in units.items()]
    (path / UNITS).write_text("\n".join(lines), "utf-8")
    (path / TOWNS).write_text("code,name\n500231001,桂溪街道\n500231101,旧镇（撤销）\n", "utf-8")
    told = [
        {
            "year": year,
            "type": kind,
            "old": {"code": old and old + "000000", "name": old_name},
            "new": {"code": new and new + "000000", "name": new_name},
        }
        for year, kind, old, old_name, new, new_name in events
    ]
    (path / EVENTS).write_text(json.dumps({"events": told}), "utf-8")
    return path


def by_code(rows: list[Division]) -> dict[str, Division]:
    return {row.code: row for row in rows}


def test_the_shipped_tables_come_from_the_shared_data(tmp_path):
    source = shared("data/divisions")
    (tmp_path / FILE).write_bytes((FOLDER / FILE).read_bytes())
    result = CliRunner().invoke(main, [str(source), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    for name in (DIVISIONS, CHANGES):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()
        assert f"{name}: " in result.output


def test_a_recoded_unit(tmp_path):
    source = folder(tmp_path, {"500231": "垫江县"}, [(1997, "同名改码", "517021", "垫江县", "500231", "垫江县")])
    tables = tabulate(source, NONE)
    former = by_code(tables.divisions)["517021"]
    assert (former.valid_from, former.valid_to, former.successors) == ("", "1997", ("500231",))
    assert former.status is Status.FORMER
    assert by_code(tables.divisions)["500231"].valid_from == "1997"
    assert tables.changes == [
        Change(
            id="s1",
            date="1997",
            kind=Kind.RECODED,
            old_code="517021",
            old_name="垫江县",
            new_code="500231",
            new_name="垫江县",
            source="code-book",
            verified=True,
        )
    ]


def test_an_end_that_is_told_twice_leads_on_once(tmp_path):
    events = [
        (1997, "同名改码", "517021", "垫江县", "500231", "垫江县"),
        (1997, "撤销", "517021", "垫江县", None, None),
    ]
    tables = tabulate(folder(tmp_path, {"500231": "垫江县"}, events), NONE)
    assert by_code(tables.divisions)["517021"].successors == ("500231",)
    assert [(change.kind, change.new_code) for change in tables.changes] == [
        (Kind.RECODED, "500231"),
        (Kind.ABOLISHED, ""),
    ]


def test_codes_passed_round_are_sorted_out_by_name(tmp_path):
    events = [
        (1990, "码位改派", "500101", "甲县", "500101", "乙县"),
        (1990, "码位改派", "500102", "乙县", "500102", "甲县"),
    ]
    tables = tabulate(folder(tmp_path, {"500101": "乙县", "500102": "甲县"}, events), NONE)
    ways = {(row.code, row.name): row.successors for row in tables.divisions if row.status is Status.FORMER}
    assert ways["500101", "甲县"] == ("500102",)
    assert ways["500102", "乙县"] == ("500101",)
    assert [(change.kind, change.basis) for change in tables.changes] == [
        (Kind.REASSIGNED, Basis.STATED),
        (Kind.REASSIGNED, Basis.STATED),
        (Kind.RECODED, Basis.NAME),
        (Kind.RECODED, Basis.NAME),
    ]


def test_a_target_of_later_years_is_marked(tmp_path):
    events = [
        (1990, "撤销", "500101", "甲县", "500103", "甲区"),
        (1990, "新设", None, None, "500102", "甲县"),
        (1995, "撤县设区", "500102", "甲县", "500103", "甲区"),
    ]
    change = tabulate(folder(tmp_path, {"500103": "甲区"}, events), NONE).changes[0]
    assert (change.new_code, change.defect, change.note) == ("500102", Defect.LATER_TARGET, "source names 500103 甲区")
    assert not change.verified


def test_a_unit_that_vanishes_needs_a_correction(tmp_path):
    source = folder(tmp_path, {"500102": "乙县"}, [(1990, "撤销", "500101", "甲县", None, None)])
    with pytest.raises(ReplayError, match="500101 甲县"):
        tabulate(source, NONE)
    entry = Followed(
        year=1990, code="500101", name="甲县", successors=["500102"], kind=Kind.MERGED, source="a test", verified=True
    )
    corrected = Corrections(
        alternative_source="", dated=[], ignored=[], followed=[entry], alternatives=[], disputed=[], moved=[], began=[]
    )
    (change,) = tabulate(source, corrected).changes
    assert (change.kind, change.basis, change.defect) == (Kind.MERGED, Basis.CORRECTED, Defect.NO_TARGET)
    assert change.verified


def test_a_correction_that_leads_nowhere_is_refused(tmp_path):
    source = folder(tmp_path, {"500102": "乙县"}, [(1990, "撤销", "500101", "甲县", None, None)])
    entry = Followed(year=1990, code="500101", name="甲县", successors=["500199"], kind=Kind.MERGED, source="a test")
    corrected = Corrections(
        alternative_source="", dated=[], ignored=[], followed=[entry], alternatives=[], disputed=[], moved=[], began=[]
    )
    with pytest.raises(ReplayError, match="500199"):
        tabulate(source, corrected)


def test_events_that_do_not_lead_to_today_are_refused(tmp_path):
    source = folder(tmp_path, {"500102": "乙县"}, [(1990, "新设", None, None, "500101", "甲县")])
    with pytest.raises(ReplayError, match="1990: 500101"):
        tabulate(source, NONE)


def test_a_remark_on_a_town_becomes_its_status(tmp_path):
    rows = by_code(
        tabulate(
            folder(tmp_path, {"500231": "垫江县"}, [(1997, "新设", None, None, "500231", "垫江县")]), NONE
        ).divisions
    )
    assert (rows["500231101"].name, rows["500231101"].status) == ("旧镇", Status.FORMER)
    assert rows["500231001"].status is Status.CURRENT


def test_every_correction_is_used():
    """An entry that nothing meets any more is dead and has to go."""
    entries = read_corrections(FOLDER)
    rows = (FOLDER / CHANGES).read_text("utf-8") + (FOLDER / DIVISIONS).read_text("utf-8")
    for entry in entries.followed:
        assert entry.source in rows, entry
    for entry in [*entries.dated, *entries.ignored]:
        assert entry.source in rows, entry
    for dispute in entries.disputed:
        assert rows.count(dispute.note) >= len(dispute.codes), dispute
