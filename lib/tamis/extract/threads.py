"""Chats in JSON as threads: who speaks in bold, then what is said.

The usual forms: ``role`` and ``content`` (OpenAI's messages, with text or a list of parts), ``from`` and
``value`` (ShareGPT's conversations).
"""

from __future__ import annotations

from tamis.extract.markdown import blocks

THREADS = frozenset({"messages", "conversation", "conversations", "dialog", "dialogue"})
FORMS = (("role", "content"), ("from", "value"), ("speaker", "text"))


class Members(tuple[tuple[str, object], ...]):
    """The members of a JSON object in their order, repeated names kept."""

    __slots__ = ()


def split_thread(value: object) -> tuple[object, str]:
    """Return what of a JSON value is no chat (None: all is) and the chat as Markdown ("": there is none)."""
    if (thread := _thread(value)) is not None:
        return None, thread
    if isinstance(value, Members):
        found = {name: thread for name, member in value if name in THREADS and (thread := _thread(member))}
        if len(found) == 1:
            rest = Members(pair for pair in value if pair[0] not in found)
            return rest or None, next(iter(found.values()))
    return value, ""


def _thread(value: object) -> str | None:
    """Return a list of messages as Markdown; None if any item is something else."""
    if not isinstance(value, list) or not value:
        return None
    said = [_message(item) for item in value]
    return None if None in said else blocks(text for text in said if text)


def _message(item: object) -> str | None:
    if not isinstance(item, Members):
        return None
    members = dict(item)
    for role, content in FORMS:
        who, what = members.get(role), _content(members.get(content))
        if isinstance(who, str) and what is not None and members.keys() <= {role, content, "name", "id"}:
            return f"**{who.strip()}:**\n\n{what.strip()}"
    return None


def _content(value: object) -> str | None:
    """Return what a message says: a string, or the texts of its parts; None if a part is no text."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return None
    parts = [dict(part).get("text") for part in value if isinstance(part, Members)]
    texts = [part for part in parts if isinstance(part, str)]
    return "\n\n".join(texts) if texts and len(texts) == len(value) else None
