"""The declaration of any table by its name, signal families included."""

from __future__ import annotations

from tamis.schemas import TABLES, Table


def table_of(name: str) -> Table:
    """Return the declaration of a table, signal families included."""
    if name.startswith("signals_"):
        from tamis.signals.registry import family_table

        return family_table(name.removeprefix("signals_"))
    return TABLES[name]
