#!/bin/sh
# Installs Debian's Chromium for the browser tests, where that is possible; they are skipped where it is not.
# Never fails: a test run must not depend on it. NO_BROWSER=1 leaves the machine as it is.
set -u
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then exit 0; fi
if [ -n "${NO_BROWSER:-}" ]; then echo "browser tests: skipped, NO_BROWSER is set"; exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "browser tests: skipped, Chromium is missing and only root on Debian or Ubuntu can install it here"
    exit 0
fi
echo "browser tests: installing Chromium"
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends chromium chromium-driver fonts-noto-cjk; } \
    >/dev/null 2>&1 </dev/null; then
    echo "browser tests: skipped, Chromium could not be installed"
fi
exit 0
