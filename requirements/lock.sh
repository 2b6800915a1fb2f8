#!/bin/sh
# Compiles every requirements/*.in to its hash-locked *.txt.
set -eu
cd "$(dirname "$0")"
export PATH="../.tools/bin:$PATH"
command -v uv >/dev/null || "${PYTHON:-python3}" -m pip install --quiet --upgrade --target ../.tools uv
for name in uv base pg dev; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        "$name.in" -o "$name.txt"
done
