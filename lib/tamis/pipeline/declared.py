"""The declaration of any table by its name, signal families included."""

from __future__ import annotations

from tamis.schemas import TABLES, Table


def is_declared(name: str) -> bool:
    """Tell whether a table is one that this version knows."""
    return name.startswith("signals_") or name in TABLES


def table_of(name: str) -> Table:
    """Return the declaration of a table, signal families included."""
    if name.startswith("signals_"):
        from tamis.signals.registry import family_table

        return family_table(name.removeprefix("signals_"))
    return TABLES[name]
