"""Names of files: as valid Unicode whatever their bytes, and matched by globs."""

from __future__ import annotations

import re

_UNDECODABLE = re.compile("[\ud800-\udfff\ufffd]")
_ESCAPED = re.compile("(?:\ufffd[0-9A-F]{2})+")
_GLOB_TOKENS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def encode_path(name: str) -> str:
    r"""Return a name, as `os.fsdecode` gives it, as valid Unicode, reversibly.

    Example:
        >>> ascii(encode_path("caf\udce9.html"))
        "'caf\\ufffdE9.html'"
    """
    return _UNDECODABLE.sub(_escape, name)


def decode_path(path: str) -> str:
    r"""Return the name that `encode_path` was given.

    Example:
        >>> ascii(decode_path("caf\ufffdE9.html"))
        "'caf\\udce9.html'"
    """
    return _ESCAPED.sub(_unescape, path)


def _escape(match: re.Match[str]) -> str:
    return "".join(f"\ufffd{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def _unescape(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("\ufffd", "")).decode("utf-8", "surrogateescape")


def glob_regex(glob: str) -> re.Pattern[str]:
    """Return the regular expression that a whole relative path must match.

    Example:
        >>> [bool(glob_regex(glob).fullmatch("a/b.html")) for glob in ("**/*.html", "*.html", "a/?.html")]
        [True, False, True]
    """
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(_GLOB_TOKENS.get(token) or re.escape(token) for token in tokens), re.DOTALL)
