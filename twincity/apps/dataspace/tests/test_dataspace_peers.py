"""Where a peer may have messages sent, and what its version document says."""

from __future__ import annotations

import orjson
import pytest

from twincity.apps.dataspace.protocol import messages
from twincity.apps.dataspace.wire import peers
from twincity.kernel.problems import Problem

PEER = peers.Peer("p", "https://p.example/dsp", member=False)


@pytest.mark.parametrize("address", ["https://p.example/dsp", "https://p.example/dsp/", "https://p.example/dsp/2025-1"])
def test_an_address_of_its_own_is_taken(address):
    assert peers.check_callback(PEER, address) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/dsp", "https://p.example/dspx", "https://p.example.evil/dsp", "http://p.example/dsp", ""],
)
def test_an_address_of_somebody_else_is_refused(address):
    with pytest.raises(Problem, match="dataspace-callback"):
        peers.check_callback(PEER, address)


def test_the_path_of_this_version_is_found():
    assert peers.path_of(orjson.dumps(messages.versions("/x/2025-1"))) == "/x/2025-1"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"protocolVersions":[{"version":"0.8","path":"/"}]}', b"[" * 9999])
def test_a_peer_that_does_not_speak_it_is_refused(body):
    with pytest.raises(Problem, match="dataspace-peer"):
        peers.path_of(body)
