"""Notes of an EPUB: the links to them and the notes themselves get Markdown's marks.

EPUB 3 Structural Semantics Vocabulary, ``noteref``; links of older books say nothing of what they lead to and
stay as they are.
"""

from __future__ import annotations

from typing import Any

INLINE = frozenset({"a", "span", "sup", "b", "i", "em", "strong"})
PARAGRAPHS = ("p", "div", "li", "dd")
SEMANTICS = "epub:type"
AROUND = " []()."


class BookNotes:
    """The notes of a book as counted so far, chapter by chapter."""

    def __init__(self) -> None:
        self._count = 0

    def mark(self, page: Any) -> None:
        """Put marks at the links to notes, and at the notes in the place of their numbers.

        A link to a note in another chapter stays as it is.

        Args:
            page: The root of a chapter; it is changed.
        """
        by_id = {name: element for element in page.iter() if (name := element.get("id"))}
        numbers: dict[str, int] = {}
        for link in list(page.iter("a")):
            name = link.get("href", "").rpartition("#")[2]
            if "noteref" not in link.get(SEMANTICS, "").split() or name not in by_id:
                continue
            shown = _said(link)
            if name not in numbers:
                self._count += 1
                numbers[name] = self._count
                _begin_note(by_id[name], shown, self._count)
            _say(link, f"[^{numbers[name]}]")


def _begin_note(note: Any, shown: str, number: int) -> None:
    for link in note.iter("a"):
        if _said(link) == shown:  # the way back to the text
            _say(link, "")
            break
    block = next(note.iterancestors(*PARAGRAPHS), note) if note.tag in INLINE else note
    first = next(block.iter(*PARAGRAPHS), block)
    first.text = f"[^{number}]: {(first.text or '').lstrip()}"


def _said(link: Any) -> str:
    return "".join(link.itertext()).strip(AROUND)


def _say(link: Any, text: str) -> None:
    for child in list(link):
        link.remove(child)
    link.text = text
