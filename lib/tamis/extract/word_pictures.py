"""The pictures of a Word document and the captions beside them.

A caption is a paragraph in a style that is, or is based on, Word's own "caption": the one right after a
picture's paragraph, else the one right before it that no picture has yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.extract.numbering import WORD
from tamis.extract.package_pictures import PartPictures, pictures_in

if TYPE_CHECKING:
    from tamis.extract.word_styles import ParagraphStyle

# What a tracked change took away, and what is read as blocks of its own.
ELSEWHERE = frozenset({f"{WORD}{name}" for name in ("del", "moveFrom", "txbxContent")})


class WordPictures(PartPictures):
    """The pictures met so far, told of each paragraph in the order of the document."""

    _waiting: tuple[int, ...] = ()  # of the paragraph before this one
    _caption = ""

    def meet(self, part: str, paragraph: Any, text: str, style: ParagraphStyle, *, after: int) -> None:
        """Note the pictures anchored in a paragraph, and whether it is a caption.

        Args:
            part: That it stands in.
            paragraph: Its element.
            text: Its own.
            style: Its own.
            after: Blocks of the text up to it.
        """
        noted = (self.add(part, node, after) for node in pictures_in(paragraph, ELSEWHERE))
        found = tuple(number for number in noted if number is not None)
        if style.is_caption and text.strip():
            self.caption(found or self._waiting, text)
            self._caption = "" if found or self._waiting else text
            self._waiting = ()
            return
        if self._caption:
            self.caption(found, self._caption)
        self._waiting = () if self._caption else found
        self._caption = ""
