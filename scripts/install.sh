#!/usr/bin/env bash
# Makes .venv with everything locked, finds or installs Java, and fetches Spark's Delta jars once.
# Safe to run again: it does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'install: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# Print the prefix that makes a command run as root; fail when there is none without a password.
as_root() {
  if [ "$(id -u)" = 0 ]; then echo env
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then echo "sudo -n"
  else return 1; fi
}

apt_install() { # packages
  command -v apt-get >/dev/null || return 1
  local root; root=$(as_root) || return 1
  say "installing $* with apt-get"
  $root mkdir -p /usr/share/man/man1 # slim images lack it and the JRE's set-up script stops there
  $root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    command -v "$name" >/dev/null || continue
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$name"; return; }
  done
  stop "no Python 3.11 or newer found. Install one: sudo apt-get install -y python3 python3-venv"
}

java_is_good() {
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  command -v "$java" >/dev/null || return 1
  local major; major=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
  [ "${major:-0}" -ge 17 ]
}

make_venv() {
  local python; python=$(find_python)
  [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
  rm -rf .venv
  "$python" -m venv .venv >/dev/null 2>&1 && return
  rm -rf .venv # Debian splits venv from Python
  apt_install python3-venv || stop "Python lacks venv. Type: sudo apt-get install -y python3-venv"
  "$python" -m venv .venv
}

install_packages() {
  local stamp; stamp=$(cat pyproject.toml requirements.lock | sha256sum | cut -d' ' -f1)
  [ "$(cat .venv/.stamp 2>/dev/null)" = "$stamp" ] && return
  say "installing the locked packages (pyspark alone is 430 MB)"
  .venv/bin/python -m pip install --quiet 'uv>=0.5'
  .venv/bin/uv pip install --quiet --python .venv/bin/python -r requirements.lock
  .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps -e .
  echo "$stamp" > .venv/.stamp
}

make_venv
install_packages
java_is_good || apt_install openjdk-17-jre-headless || true
java_is_good || stop "Spark needs Java 17 or 21. Type: sudo apt-get install -y openjdk-17-jre-headless"
.venv/bin/python -m tamis.io.jars
