"""Files of other projects are the ones that were published, and their licences lie beside them."""

from __future__ import annotations

import hashlib
import tomllib

import pytest

from tests.support import ROOT

VENDOR = ROOT / "twincity/kernel/ui/static/kernel/vendor"
FILES = tomllib.loads((VENDOR / "vendor.lock").read_text("utf-8"))["file"]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_a_file_is_what_its_package_published(entry):
    assert set(entry) == {"file", "package", "version", "path", "licence", "sha256"}
    assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


def test_no_file_is_missing_from_the_list():
    assert {path.name for path in VENDOR.iterdir()} == {"vendor.lock", *(entry["file"] for entry in FILES)}


@pytest.mark.parametrize("package", sorted({entry["package"] for entry in FILES}))
def test_every_package_has_its_licence_beside_it(package):
    assert "Copyright" in (VENDOR / f"LICENSE-{package}.txt").read_text("utf-8")


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_only_pages_that_need_it_fetch_it(entry):
    base = (ROOT / "twincity/kernel/ui/templates/kernel/base.html").read_text("utf-8")
    assert entry["file"] not in base
