"""Two nginx on this machine: one takes plain HTTP and speaks mutual TLS to the other, which answers."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from twincity.kernel import clock
from twincity.node.testkit.live import free_port

_CONF = """
worker_processes 1; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.err;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/{name}-b; proxy_temp_path {folder}/{name}-p;
  fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
  {body}
}}
"""
_FRONT = """
  upstream back {{ server 127.0.0.1:{back}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{front}; keepalive_requests 1000000;
    location / {{
      proxy_pass https://back; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_ssl_certificate {folder}/tls.pem; proxy_ssl_certificate_key {folder}/tls.key;
      proxy_ssl_trusted_certificate {folder}/tls.pem; proxy_ssl_verify on; proxy_ssl_name localhost;
    }}
  }}
"""
_BACK = """
  server {{
    listen 127.0.0.1:{back} ssl; keepalive_requests 1000000;
    ssl_certificate {folder}/tls.pem; ssl_certificate_key {folder}/tls.key;
    ssl_client_certificate {folder}/tls.pem; ssl_verify_client on;
    location / {{ default_type application/json; return 200 '{text}'; }}
  }}
"""


@contextmanager
def mutual_tls_pair(folder: Path) -> Iterator[str | None]:
    """The address of the front one; None where nginx is not installed."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        yield None
        return
    place = folder / "nginx"
    place.mkdir()
    _certificate(place)
    front, back = free_port(), free_port()
    values = {"folder": place, "front": front, "back": back, "text": '{"text":"' + "x" * 200 + '"}'}
    processes = []
    for name, body in (("back", _BACK), ("front", _FRONT)):
        config = place / f"{name}.conf"
        config.write_text(_CONF.format(name=name, body=body.format(**values), folder=place))
        processes.append(subprocess.Popen([nginx, "-c", str(config), "-p", str(place)], stderr=subprocess.DEVNULL))
    time.sleep(1)
    try:
        yield f"http://127.0.0.1:{front}/"
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
