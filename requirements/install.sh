#!/bin/sh
# Makes .venv from one hash-locked file: ./requirements/install.sh requirements/base.txt
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "TwinCity needs Python 3.11 or newer: set PYTHON")'
# uv does not read pip's settings: hand a site's mirror on, if it has one.
if [ -z "${UV_DEFAULT_INDEX:-}" ]; then
    mirror="$("$python" -m pip config list | sed -nE "s/^(global|:env:)\.index-url='(.*)'$/\2/p" | tail -n 1)"
    if [ -n "$mirror" ]; then export UV_DEFAULT_INDEX="$mirror"; fi
fi
if ! .tools/bin/uv --version >/dev/null 2>&1; then
    "$python" -m pip install --quiet --no-deps --require-hashes --upgrade --target .tools -r requirements/uv.txt
fi
.tools/bin/uv venv --quiet --allow-existing --python "$python" .venv
.tools/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python "$1"
# The checkout itself, importable and with its commands, without asking for any build package.
site="$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
pwd > "$site/twincity.pth"
printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m twincity "$@"\n' "$(pwd)" > .venv/bin/twincity
chmod +x .venv/bin/twincity
