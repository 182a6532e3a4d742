"""Quality of near-deduplication on the labelled sets of real documents.

The pure kernels are judged (`near`), which takes a second a set; one test holds them against Spark's result.
Floors lie a little below what is measured; lowering one is a decision.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.quality import near

from tamis.dedup.lsh import choose_bands

FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text())["near_dedup"]
SETS = ("debian_licences", "minhash_articles", "powershell_versions")


class Labelled(NamedTuple):
    """Texts, and {(larger, smaller): jaccard} of all pairs of exact Jaccard of 0.5 or more, by place."""

    rows: list[dict]
    texts: list[str]
    jaccard: dict[tuple[int, int], float]

    def similar(self, threshold):
        return [pair for pair, jaccard in self.jaccard.items() if jaccard >= threshold]


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def pairs_of(path, place):
    return {
        tuple(sorted((place[row["a"]], place[row["b"]]), reverse=True)): row.get("jaccard")
        for row in lines_of(path)
    }


@pytest.fixture(scope="session")
def labelled(corpus):
    """Give a function from a set's name to the set."""

    def load(name):
        rows = lines_of(corpus / "neardup" / f"{name}.jsonl")
        pairs = pairs_of(corpus / "neardup" / f"{name}.pairs.jsonl", place_of(rows))
        return Labelled(rows, [row["text"] for row in rows], pairs)

    return load


def place_of(rows):
    return {row["id"]: place for place, row in enumerate(rows)}


def found_clusters(texts, threshold):
    found = near.find(texts, threshold)
    return near.clusters(len(texts), [*found.edges, *found.group.items()])


def missed(scores, floors):
    """Return the scores under their floors."""
    return {name: value for name, value in scores._asdict().items() if value < floors[name]}


@pytest.mark.corpus
@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9])
@pytest.mark.parametrize("name", SETS)
def test_clusters_of_exactly_similar_documents_reach_the_floors(labelled, name, threshold):
    case = labelled(name)
    truth = case.similar(threshold)
    assert truth
    scores = near.score(found_clusters(case.texts, threshold), near.clusters(len(case.texts), truth))
    assert not missed(scores, FLOORS["exact"]), scores


@pytest.mark.corpus
@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9])
@pytest.mark.parametrize("name", SETS)
def test_pairs_and_removals_reach_the_floors(labelled, name, threshold):
    """This test ensures that the pairs themselves are right, which a cluster may hide."""
    case = labelled(name)
    truth, found = case.similar(threshold), near.find(case.texts, threshold)
    joined = sum(found.joins(*pair) for pair in truth)
    assert joined >= FLOORS["exact"]["recall"] * len(truth)
    assert len(set(found.edges) - set(truth)) <= (1 - FLOORS["exact"]["precision"]) * len(found.edges)
    leaving = near.removals(case.texts, found).items()
    right = sum((max(pair), min(pair)) in set(truth) for pair in leaving)
    assert right >= FLOORS["removals"] * len(leaving) > 0


@pytest.mark.corpus
def test_articles_marked_by_hand_reach_the_floors(labelled, corpus):
    case = labelled("minhash_articles")
    truth = pairs_of(corpus / "neardup" / "minhash_articles.truth.jsonl", place_of(case.rows))
    scores = near.score(found_clusters(case.texts, 0.8), near.clusters(len(case.texts), truth))
    assert not missed(scores, FLOORS["articles"]), scores


@pytest.mark.corpus
def test_pages_over_versions_reach_the_floors(labelled):
    """Families hold versions of a page that were rewritten, and pages of one template lie near others'."""
    case = labelled("powershell_versions")
    scores = near.score(found_clusters(case.texts, 0.5), [row["family"] for row in case.rows])
    assert not missed(scores, FLOORS["families"]), scores


@pytest.mark.corpus
def test_few_bands_fall_below_the_floors(labelled, monkeypatch):
    """This test ensures that a worse index is noticed: its bands find half of the pairs at the threshold."""
    monkeypatch.setattr(near, "choose_bands", lambda threshold: choose_bands(threshold, recall=0.5))
    case = labelled("powershell_versions")
    truth = near.clusters(len(case.texts), case.similar(0.5))
    assert "recall" in missed(near.score(found_clusters(case.texts, 0.5), truth), FLOORS["exact"])


@pytest.mark.spark
@pytest.mark.corpus
def test_spark_finds_what_the_kernels_find(spark, labelled):
    from tamis.dedup.steps.standalone import near_dedup

    texts = labelled("debian_licences").texts
    result = near_dedup(spark.createDataFrame(list(enumerate(texts)), "id INT, text STRING"), threshold=0.5)
    edges = {(row.src, row.dst): (row.jaccard, row.verified_by) for row in result.edges.collect()}
    equal = {pair for pair, measured in edges.items() if measured == (1.0, "shingles")}
    found = near.find(texts, 0.5)
    assert equal == set(found.group.items())
    assert {pair: edges[pair][0] for pair in set(edges) - equal} == found.edges
    leaving = {row.id: row.kept_id for row in result.removals.collect()}
    assert leaving == near.removals(texts, found)


def test_scores_of_partitions_are_those_of_the_definition():
    """The example of Hubert and Arabie's index: two clusters of three against two, two and two."""
    scores = near.score([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2])
    assert scores == pytest.approx((2 / 6, 2 / 3, 4 / 9, (2 - 6 * 3 / 15) / (4.5 - 6 * 3 / 15)))
    assert near.score([0, 1, 2], [0, 1, 2]) == (1, 1, 1, 1)
