from __future__ import annotations

from twincity.apps.sharing.divisions import divisions
from twincity.apps.sharing.divisions.model import Level
from twincity.engines.catalogue.documents import matches, pieces
from twincity.engines.catalogue.documents.words import terms


def test_every_township_is_found_by_its_name_and_with_a_theme():
    """The dictionary that cuts questions knows few of them; the pairs in the index find all the same."""
    for unit in divisions().current(Level.TOWN):
        text = f" {' '.join(terms(f'{unit.name}不动产登记信息'))} "
        assert matches(pieces(unit.name), text), unit.name
        assert matches(pieces(f"{unit.name}登记"), text), unit.name
