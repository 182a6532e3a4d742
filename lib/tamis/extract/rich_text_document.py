"""An RTF while it is read: its fonts and styles, the texts that are open, and the notes so far."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from lxml.etree import SubElement

from tamis.extract.equations import MATH, latex
from tamis.extract.legacy_word_file import joined
from tamis.extract.markdown import joined_lists
from tamis.extract.office import DocumentText
from tamis.extract.rich_text_flow import Flow, Paragraph
from tamis.extract.rich_text_groups import (
    AUTHOR,
    BODY,
    BOXES,
    FONTS,
    FORMULA,
    LABEL,
    NO_FONT,
    SKIPPED,
    STYLES,
    TARGETS,
    TITLE,
    State,
)
from tamis.extract.rich_text_rows import RowShape
from tamis.extract.rich_text_styles import Styles
from tamis.extract.rich_text_tokens import Font

DAY = ("yr", "mo", "dy")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class RichDocument:
    """What is known so far.

    Attributes:
        state: What holds in the group that is open.
        encoding: Of the bytes in fonts that state none.
        created: Numbers of the day on which the file says that it was made, by their control words.
        row: The definition of the table row that is read.
    """

    def __init__(self) -> None:
        self.state = State()
        self.fonts: defaultdict[int, Font] = defaultdict(Font)
        self.default_font = NO_FONT
        self.encoding = "cp1252"
        self.styles = Styles()
        self.created: dict[str, int] = {}
        self.row = RowShape()
        self._outside: list[State] = []
        self._flows = [Flow()]
        self._notes: list[list[str]] = []
        self._note_of: dict[int, int] = {}  # by how many texts are open: the note that the last one is
        self._stated: defaultdict[int, str] = defaultdict(str)

    @property
    def flow(self) -> Flow:
        """Return the text that is read: the body, a note or a text box."""
        return self._flows[-1]

    def open_group(self) -> None:
        """Begin a group: what changes in it holds up to its end."""
        self._outside.append(self.state)
        if self.state.target == STYLES:
            self.styles.begin()

    def close_group(self) -> bool:
        """End a group; return whether it was the last that is open, which is the file's."""
        closed = self.state
        if self._outside:
            self.state = self._outside.pop()
        if closed.target == FORMULA != self.state.target and (text := latex(closed.formula)):
            self.say(f"${text}$")
        while len(self._flows) > self.state.flows:
            self._end_flow()
        return not self._outside

    def begin(self, word: str, *, is_starred: bool) -> None:
        """Take the first word of a group."""
        self.state = self.state.inside(word, is_starred=is_starred)
        if self.state.target == BODY and word in BOXES:
            self._begin_flow(0)
        elif self.state.target == LABEL and word in TARGETS:
            self.flow.begin_mark()

    def change(self, **values: object) -> None:
        """Change the state up to the end of the group."""
        self.state = self.state._replace(**values)  # type: ignore[arg-type]

    def change_paragraph(self, **values: int) -> None:
        """Change properties of the paragraph."""
        self.change(paragraph=self.state.paragraph._replace(**values))

    def say(self, text: str) -> None:
        """Add text to what the group is."""
        target = self.state.target
        if target == BODY and not self.state.is_deleted:
            self.flow.say(text)
        elif target == LABEL:
            self.flow.mark(text)
        elif target == FONTS:
            self.fonts[self.state.font].name += text
        elif target == STYLES:
            self.styles.text(text)
        elif target in (TITLE, AUTHOR):
            self._stated[target] += text
        elif target == FORMULA:
            _add_to_formula(self.state.formula, text)

    def font(self) -> Font:
        """Return the font of the text that is read."""
        return self.fonts[self.state.font] if self.state.font in self.fonts else Font()

    def paragraph(self) -> Paragraph:
        """Return the properties of the paragraph, with what its style says."""
        said = self.state.paragraph
        return said if said.heading else said._replace(heading=self.styles.heading(said.style))

    def begin_note(self) -> None:
        """Put a mark into the text and begin the note; a deleted one is left out."""
        if self.state.target != BODY or self.state.is_deleted:
            self.change(target=SKIPPED)
            return
        self._notes.append([])
        self.say(f"[^{len(self._notes)}]")
        self._begin_flow(len(self._notes))

    def text(self) -> DocumentText:
        """Close what is open and return the text and what the file states of itself."""
        while len(self._flows) > 1:
            self._end_flow()
        parts = self.flow.end(self.paragraph())
        parts += [f"[^{number}]: " + "\n".join(note) for number, note in enumerate(self._notes, 1)]
        title, author = (joined(self._stated[name]).strip() or None for name in (TITLE, AUTHOR))
        day = [self.created.get(word, 0) for word in DAY]
        created = "{:04}-{:02}-{:02}".format(*day) if min(day) > 0 else None
        return DocumentText(joined_lists(parts), title, author, created)

    def _begin_flow(self, note: int) -> None:
        self._flows.append(Flow())
        self._note_of[len(self._flows)] = note
        self.change(flows=len(self._flows), paragraph=Paragraph(), target=BODY)

    def _end_flow(self) -> None:
        """Close a note or a text box; a box stands behind the paragraph that it is anchored in."""
        note = self._note_of[len(self._flows)]
        parts = self._flows.pop().end(Paragraph())
        if note:
            self._notes[note - 1] = parts
        else:
            self.flow.boxes += parts


def _add_to_formula(element: Any, text: str) -> None:
    """Add text to a part of an equation: a run says it, a property has it as its value."""
    if element.tag == f"{MATH}r":
        SubElement(element, f"{MATH}t").text = NOT_IN_XML.sub("", joined(text))
    else:
        name = f"{MATH}val"
        element.set(name, element.get(name, "") + NOT_IN_XML.sub("", joined(text)))
