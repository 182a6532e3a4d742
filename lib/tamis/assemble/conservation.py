"""Do the sums add up? What was written, compared with what came in: documents, characters, keepers.

Pure: the counts come from `steps.audit`, which reads them back from the committed tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tamis.document import format_doc_id
from tamis.errors import StageFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Sum:
    """One equation over the tables.

    Attributes:
        name: What is compared, as the message says it.
        expected: What came in.
        found: What was written.
        breaches: Single documents that break it; two errors can hide each other in a sum, not here.
        examples: Up to three of them.
    """

    name: str
    expected: int
    found: int
    breaches: int = 0
    examples: tuple[int, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Tell whether both sides agree, for each document too."""
        return self.expected == self.found and self.breaches == 0

    def __str__(self) -> str:
        told = f"{self.name}: expected {self.expected}, found {self.found}"
        if self.breaches:
            told += f", wrong for {self.breaches} document(s)"
        if self.examples:
            told += f", such as {', '.join(format_doc_id(doc_id) for doc_id in self.examples[:EXAMPLES])}"
        return told


def check_sums(sums: Sequence[Sum]) -> None:
    """Stop the run when anything is unaccounted for.

    Raises:
        StageFailedError: some sums do not hold; the message gives each with both numbers and examples.
    """
    broken = [str(item) for item in sums if not item.holds]
    if broken:
        raise StageFailedError(
            f"assemble: {len(broken)} of {len(sums)} sums do not add up, so the corpus is not committed. "
            + "; ".join(broken)
        )
