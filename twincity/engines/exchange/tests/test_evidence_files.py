"""Evidence as files: written, read, verified by command; and records in their one form."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.circle.tests.world import (
    DJ,
    key,
)
from twincity.engines.exchange.evidence import __main__ as command
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.bundle import LIMIT
from twincity.engines.exchange.evidence.verify import charter_digest, lines
from twincity.engines.exchange.tests.evidence_world import (
    AGREEMENT,
    ALL,
    Exchange,
    bundle,
)
from twincity.engines.exchange.wire import records
from twincity.kernel import canonical
from twincity.kernel.problems import Problem


class TestFiles:
    def test_what_is_written_is_read(self):
        found = bundle()
        assert bundles.read(bundles.write(found)) == found

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"x",
            b"{}",
            b"[]",
            b"{" * 100_000,
            b"[" * 100_000,
            b"\xff",
            b"null",
            bundles.write(bundle()).replace(b'"format"', b'"Format"'),
            bundles.write(bundle()).replace(b'"records"', b'"record"'),
            bundles.write(bundle())[:-5],
            bundles.write(bundle()) + b"x",
            bundles.write(bundle()).replace(b'"index": 4', b'"index": "4"'),
            bundles.write(bundle()).replace(b'"index": 4', b'"index": 4, "more": 1'),
        ],
    )
    def test_what_is_no_bundle(self, data):
        with pytest.raises(Problem) as caught:
            bundles.read(data)
        assert (caught.value.kind.code, caught.value.field) == ("bundle-unreadable", "")

    def test_another_format(self):
        with pytest.raises(Problem) as caught:
            bundles.read(bundles.write(bundle(format="twincity evidence bundle 2")))
        assert caught.value.field == "format"

    def test_too_large_a_one(self):
        with pytest.raises(Problem, match=f"larger than {LIMIT} bytes"):
            bundles.read(b" " * (LIMIT + 1))


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "bundle.json"
        path.write_bytes(bundles.write(bundle()))
        return path

    def test_every_check_is_shown_and_what_was_proven(self, file, capsys):
        assert command.examine(file) == 0
        told = capsys.readouterr().out.splitlines()
        assert [line[0] for line in told[: len(ALL)]] == ["✓"] * len(ALL)
        assert told[len(ALL)] == f"{DJ} POST divisions/units/511623/towns [planning.transport] → ok"
        assert told[-1].startswith(f"charter {charter_digest(bundle().charter)}")

    def test_with_a_digest_to_trust(self, file, capsys):
        assert command.examine(file, charter_digest(bundle().charter)) == 0
        assert "compare it" not in capsys.readouterr().out
        assert command.examine(file, "0" * 64) == 1
        told = capsys.readouterr().out
        assert told.count("✗") == 1
        assert DJ + " POST" not in told

    def test_what_cannot_be_read(self, tmp_path, capsys):
        assert command.examine(tmp_path / "nothing") == 2
        (tmp_path / "junk").write_bytes(b"junk")
        assert command.examine(tmp_path / "junk") == 2
        assert "bundle-unreadable" in capsys.readouterr().out

    def test_it_runs_without_django(self, file):
        """Whoever verifies has no node: the modules it needs are those of the standard library and three packages."""
        program = (
            "import runpy, sys; sys.argv = ['evidence', sys.argv[1]]\n"
            "try:\n    runpy.run_module('twincity.engines.exchange.evidence', run_name='__main__')\n"
            "except SystemExit as end:\n    loaded = sorted({name.partition('.')[0] for name in sys.modules})\n"
            "    print([name for name in ('django', 'sqlite3', 'allauth', 'psycopg') if name in loaded], end.code)\n"
        )
        done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[] 0"


class TestRecordsOfExchanges:
    @given(st.text(max_size=8), st.integers(0, 2**53 - 1), st.booleans())
    @settings(deadline=None)
    def test_their_form_is_canonical_json_without_defaults(self, text, number, stale):
        part = records.SignedPart(text, text, text)
        made = records.Record(
            side="provider", id=text, at=number, peer=text, service=text, method="GET", path=text, purpose=text,
            outcome="ok", status=200, req=part, stale=stale, size=number, case=text,
        )  # fmt: skip
        data = records.encode(made)
        assert data == canonical.encode(msgspec.to_builtins(made))
        assert records.decode(data) == made
        assert (b'"stale"' in data) is stale
        assert b'"kind"' not in data
        assert (b'"res"' in data) is False

    def test_what_the_index_reads_of_any_record(self):
        both = Exchange().records()
        found = records.read(both["provider"])
        assert (found.side, found.peer, found.service, found.grant) == ("provider", DJ, "divisions", f"{AGREEMENT}.1")
        other = records.read(b'{"kind":"agreement","id":"a","at":5,"document":"x"}')
        assert (other.id, other.at, other.side, other.peer) == ("a", 5, "", "")

    @pytest.mark.parametrize("nonce", ["plain", ';nonce=x"'[:-1], ";keyid=a"])
    def test_the_nonce_of_a_providers_record(self, nonce):
        both = Exchange(nonce=nonce, request={"tc-case": 'a;nonce="b"'}).records()
        assert records.nonce(both["provider"]) == (key(f"{DJ}/tc1").public.kid, nonce)
        assert records.nonce(both["consumer"]) is None
        assert records.nonce(b'{"kind":"agreement","id":"a","at":5}') is None

    def test_the_lines_of_a_base(self):
        found = lines(records.decode(Exchange().records()["provider"]).req.base)
        assert found['"@method"'] == "POST"
        assert found['"tc-system"'] == "gis"
        assert found['"@signature-params"'].startswith('("@method"')
