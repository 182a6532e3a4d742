"""What every entry in jobs/ does: one stage of a recipe on whatever cluster spark-submit says."""

from __future__ import annotations

import argparse
import json
import sys

from tamis.api import run
from tamis.errors import ConfigError, TamisError


def main(stage: str | None) -> None:
    """Run one stage (None: all) of the recipe named on the command line, and exit as `tamis run` does."""
    parser = argparse.ArgumentParser(
        description=f"tamis: the stage {stage}" if stage else "tamis: all stages"
    )
    parser.add_argument("--recipe", required=True, help="YAML file that the driver can read")
    parser.add_argument("--output", help="replaces the recipe's output")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="replaces one value")
    options = parser.parse_args()
    try:
        result = run(
            options.recipe, output=options.output, overrides=options.set, only=stage, progress=sys.stderr
        )
    except TamisError as error:
        sys.stderr.write(f"tamis: {error}\n")
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    sys.stdout.write(json.dumps(result) + "\n")
