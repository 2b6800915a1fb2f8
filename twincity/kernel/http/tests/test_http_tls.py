"""Encrypted connections: who is trusted, and that the guard works on them too."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from twincity.kernel import clock
from twincity.kernel.http.client import Client
from twincity.kernel.http.errors import Unreachable
from twincity.kernel.http.server import ServerLimits, serve
from twincity.kernel.http.tests.support import PATIENT, echo, run, wire

LIMITS = ServerLimits(head_seconds=0.8, drain_seconds=1, linger_seconds=0.1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Path of a key and a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "node.test")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "node.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def with_server(certificate, test):
    async def both():
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        listener = await serve(echo, tls=tls, limits=LIMITS)
        try:
            await test(listener.port)
        finally:
            await listener.stop()

    run(both)


def test_a_trusted_peer_is_asked_over_tls(certificate):
    async def test(port):
        client = Client(tls=ssl.create_default_context(cafile=certificate))
        for body in (b"x", bytes(500_000)):
            answer = await client.request(
                "POST", f"https://127.0.0.1:{port}/", [], body, timeout=PATIENT, max_body=1 << 20
            )
            assert (answer.status, answer.body) == (200, body)
        await client.aclose()

    with_server(certificate, test)


@pytest.mark.parametrize("trusting", [False, True])
def test_a_peer_that_is_not_trusted_or_not_who_it_should_be_is_never_told_anything(certificate, trusting):
    async def test(port):
        client = Client(tls=ssl.create_default_context(cafile=certificate) if trusting else None)
        host = "localhost" if trusting else "127.0.0.1"
        with pytest.raises(Unreachable, match="not trusted") as caught:
            await client.request("GET", f"https://{host}:{port}/", [], timeout=PATIENT, max_body=100)
        assert caught.value.permanent

    with_server(certificate, test)


def test_a_handshake_that_does_not_come_is_cut(certificate):
    async def test(port):
        async with wire(port) as peer:
            assert await peer.until_closed() == b""

    with_server(certificate, test)


def test_a_head_that_does_not_come_after_the_handshake_ends_with_408(certificate):
    async def test(port):
        context = ssl.create_default_context(cafile=certificate)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"GET / HT")
        assert (await reader.read()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()

    with_server(certificate, test)
