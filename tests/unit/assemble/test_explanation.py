from tamis.assemble.explain import explanation_text


def test_explanation_lists_each_part_with_its_facts():
    life = {
        "doc_id": "00000000000000ff",
        "outcome": "removed",
        "input": {"path": "a/b.html", "batch_id": 1},
        "signals": {"length": {"word_count": 12, "fraction": 0.123456789}},
        "decisions": [{"reason": "recipe.word_count.min", "value": 12.0, "bound": 50.0, "evidence": None}],
        "duplicate_spans": {"paragraph": {"count": 7, "ordinals": [0, 3]}},
        "edges": {"count": 1, "closest": [{"other": "0000000000000001", "jaccard": 0.875}]},
        "corpus": {"shard": 0, "cuts": []},
    }
    assert explanation_text(life).splitlines() == [
        "document 00000000000000ff: removed",
        "input",
        "  path      a/b.html",
        "  batch_id  1",
        "signals",
        "  length",
        "    word_count  12",
        "    fraction    0.123457",
        "decisions",
        "  reason recipe.word_count.min, value 12, bound 50",
        "duplicate spans",
        "  paragraph",
        "    count     7",
        "    ordinals  [0, 3]",
        "edges",
        "  count  1",
        "  closest",
        "    other 0000000000000001, jaccard 0.875",
        "corpus",
        "  shard  0",
    ]
