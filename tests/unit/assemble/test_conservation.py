import pytest

from tamis.assemble.conservation import Sum, check_sums
from tamis.errors import StageFailedError


def test_sums_that_hold_pass():
    check_sums([Sum("documents", 5, 5), Sum("characters", 0, 0)])


def test_mismatch_tells_the_sum_both_numbers_and_three_examples_in_hex():
    with pytest.raises(StageFailedError) as caught:
        check_sums([Sum("documents", 5, 4, 1, (255, -1, 2, 3)), Sum("characters", 9, 9)])
    message = str(caught.value)
    assert "1 of 2 sums" in message
    assert "documents: expected 5, found 4, wrong for 1 document(s)" in message
    assert "00000000000000ff, ffffffffffffffff, 0000000000000002" in message
    assert "0000000000000003" not in message
    assert "characters" not in message


def test_errors_that_hide_each_other_in_the_sum_are_still_seen():
    with pytest.raises(StageFailedError, match="expected 9, found 9, wrong for 2"):
        check_sums([Sum("characters", 9, 9, 2, (1, 2))])
