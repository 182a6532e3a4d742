"""An extractor in the test's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamis.extract.members import payload_members
from tamis.extract.payload import ExtractOptions, extract_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamis.document import Declared, Extraction
    from tamis.extract.members import Batch


class Plain:
    """What `IsolatedExtractor` does, without a worker.

    Args:
        extract: Stands in for `extract_payload`.
        options: Of the recipe.
    """

    def __init__(
        self, extract: Callable[..., Extraction] | None = None, options: ExtractOptions | None = None
    ) -> None:
        self._extract = extract
        self._options = options or ExtractOptions()

    def extract(self, payload: bytes, name: str, declared: Declared | None = None) -> Extraction:
        if self._extract is not None:
            return self._extract(payload, name, declared)
        return extract_payload(payload, name=name, options=self._options, declared=declared)

    def members(self, payload: bytes, name: str, declared: Declared | None, start: int) -> Batch:
        return payload_members(payload, start=start, name=name, options=self._options, declared=declared)
