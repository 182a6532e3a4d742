"""tamis: raw files in, a clean, deduplicated, tokenised corpus for language models out.

``tamis.run``, ``tamis.near_dedup`` and others are those of `tamis.api`. The functions that share their name
with a folder (``extract``, ``signals``, ``dedup``, ``plan``, ``report``) are found there only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tamis.api import digest, exact_dedup, explain, forget, near_dedup, run, similar

__version__ = "0.1.0"
__all__ = ["digest", "exact_dedup", "explain", "forget", "near_dedup", "run", "similar"]


def __getattr__(name: str) -> Any:
    """Open the functions when they are asked for: workers import this package without Spark."""
    if name not in __all__:
        raise AttributeError(f"module 'tamis' has no attribute {name!r}")
    from tamis import api

    return getattr(api, name)
