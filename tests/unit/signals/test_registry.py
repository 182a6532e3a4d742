"""The registry is one list: of signals, families and their tables."""

import pytest

from tamis.errors import ConfigError
from tamis.signals.measure import signals_of_texts
from tamis.signals.registry import FAMILIES, FAMILY_VERSIONS, SIGNALS, families_of, family_of, family_table


def test_every_signal_is_measured_under_its_name():
    (row,) = signals_of_texts(["Some words.\n"])
    assert list(row) == list(SIGNALS)


def test_families_have_a_version_and_a_table():
    assert list(FAMILY_VERSIONS) == list(FAMILIES)
    for family, signals in FAMILIES.items():
        names = [signal.name for signal in signals]
        assert family_table(family).names == ["doc_id", *names, "batch_id", "shard"]
        assert family_table(family).name == f"signals_{family}"


def test_families_of_come_in_the_registry_s_order_once():
    assert families_of(["language", "word_count", "language_score", "length_chars"]) == ["length", "language"]
    assert families_of([]) == []


@pytest.mark.parametrize("wrong", ["word_counts", "most_common_2gram"])
def test_unknown_signal_names_the_nearest(wrong):
    with pytest.raises(ConfigError, match=f"no signal '{wrong}'; (did you mean word_count|known are)"):
        family_of(wrong)


def test_unknown_family_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean gopher_quality"):
        signals_of_texts(["x"], ["gopher_qality"])
