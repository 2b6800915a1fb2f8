"""DCAT-AP 3.0.1 over the catalogue: a page of it, or one dataset, as things to be written.

Classes and properties after DCAT 3 (W3C, 22 August 2024) and DCAT-AP 3.0.1 (SEMIC, 2025).
"""

from __future__ import annotations

from twincity.apps.opendata.faces.dcat.catalogue import Part, catalogue
from twincity.apps.opendata.faces.dcat.datasets import dataset

__all__ = ["Part", "catalogue", "dataset"]
