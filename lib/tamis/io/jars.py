"""``python -m tamis.io.jars``: fetch Delta's jars into Ivy's cache once, so that no run waits for them."""

from __future__ import annotations

import sys

from tamis.errors import TamisError
from tamis.io.session import build_session, delta_jars


def main() -> int:
    """Start and stop a session when the jars are not there: Spark's own resolver fetches them."""
    if delta_jars():
        return 0
    sys.stderr.write("install: fetching Delta's jars\n")
    try:
        build_session("tamis-install", master="local[1]").stop()
    except TamisError as error:
        sys.stderr.write(f"install: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
