"""Fit the weights that say which blocks of a page are its main content, and write them beside the code.

    python benchmarks/html_fit.py [CORPUS]

Three logistic regressions: for documentation, for all else, and for all else with trafilatura's votes.
Fitted over the blocks of the fitting half (hash of the URL) of three kinds of gold pages. Labels: articles,
the block is in the body by hand; snippets, the blocks with a snippet that must or must not be there;
documentation, the block is in the page's main region.
A page weighs about one, times its kind's weight.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from signals import CORPUS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.quality.html_gold import GoldPage, articles, docs, main_region, snippets
from tests.quality.scoring import folded, without_marks

import tamis.extract
from tamis.extract.clean import decode_text
from tamis.extract.html_blocks import Outline
from tamis.extract.html_choice import NAMES_OF, engine_votes
from tamis.extract.html_engine_features import with_votes
from tamis.extract.html_engines import main_text
from tamis.extract.html_features import Measured, measure
from tamis.extract.html_tree import parse_html
from tamis.extract.html_votes import Chosen

KIND_WEIGHTS = {"article": 2.0, "snippet": 1.0, "docs": 0.05}
STRENGTH = 0.01  # inverse of the L2 penalty, on standardised features; by five-fold cross-validation
BIAS = {"article": 0.0, "voted": 0.0, "reference": -1.0}  # doubtful blocks of documentation stay


def main() -> None:
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS
    pages = [page for load in (articles, snippets, docs) for page in load(corpus) if page.fitted]
    labelled = [rows for page in pages if (rows := labelled_rows(page)) is not None]
    models = {}
    for kind, names in NAMES_OF.items():
        rows = [
            (values[:, : len(names)], *rest)
            for is_reference, values, *rest in labelled
            if is_reference == (kind == "reference")
        ]
        intercept, found = fitted(*(np.concatenate(column) for column in zip(*rows, strict=True)))
        models[kind] = {
            "pages": len(rows),
            "intercept": round(intercept - BIAS[kind], 5),
            "weights": dict(zip(names, np.round(found, 5).tolist(), strict=True)),
        }
    path = Path(tamis.extract.__file__).with_name("html_weights.json")
    path.write_text(json.dumps({"source": "benchmarks/html_fit.py", "models": models}, indent=1) + "\n")
    print(f"{sum(len(row[2]) for row in labelled):,} blocks of {len(labelled)} pages: {path.name}")


def labelled_rows(page: GoldPage) -> tuple[bool, np.ndarray, np.ndarray, np.ndarray] | None:
    """Return whether it is documentation; features, labels and weights of its blocks that have a label."""
    tree = parse_html(decode_text(page.payload, None)[0])
    outline = Outline(tree)
    if not outline.blocks:
        return None
    measured = measure(outline, " ".join((tree.findtext(".//title") or "").split()))
    votes = engine_votes(measured, Chosen(main_text(tree, "trafilatura"), len(outline.blocks)))
    label = {"article": article_labels, "snippet": snippet_labels, "docs": docs_labels}[page.kind]
    labels, weights = label(page, outline, measured, tree)
    known = weights > 0
    return (
        measured.is_reference,
        with_votes(outline, measured, votes)[known],
        labels[known],
        weights[known] * KIND_WEIGHTS[page.kind],
    )


def article_labels(page: GoldPage, outline: Outline, measured: Measured, _tree: object) -> tuple:
    body = Chosen(page.body)
    labels = np.array([float(body.share(key) >= 0.5) for key in measured.keys])
    words = np.array([block.plain.count(" ") + 1.0 for block in outline.blocks])
    return labels, np.minimum(words / max(1.0, (words * labels).sum()), 0.5)


def snippet_labels(page: GoldPage, outline: Outline, _measured: Measured, _tree: object) -> tuple:
    texts = [folded(without_marks(block.plain)) for block in outline.blocks]
    labels, weights = np.zeros(len(texts)), np.zeros(len(texts))
    for label, wanted in ((0.0, page.unwanted), (1.0, page.wanted)):
        for snippet in wanted:
            places = [place for place, text in enumerate(texts) if folded(snippet) in text]
            if len(places) <= 3:  # else it tells nothing of a single block
                labels[places], weights[places] = label, 0.35 / max(1, len(places))
    return labels, weights


def docs_labels(page: GoldPage, outline: Outline, measured: Measured, tree: object) -> tuple:
    found = main_region(page, tree)
    if found is None:
        return np.zeros(len(measured.keys)), np.zeros(len(measured.keys))
    inside = set(found[0].iter()) - found[1]
    labels = np.array([float(block.group.element in inside) for block in outline.blocks])
    sizes = np.array([float(len(key)) for key in measured.keys])
    # By letters alone, lists and tables of short entries would weigh nothing.
    return labels, np.minimum(sizes / max(1.0, sizes.sum()), 0.2) + 1 / len(sizes)


def fitted(values: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Return intercept and weights of the penalised logistic regression, by Newton's method."""
    mean, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1
    rows = np.hstack([np.ones((len(values), 1)), (values - mean) / spread])
    weights = weights / weights.mean() * STRENGTH
    penalty = np.ones(rows.shape[1])
    penalty[0] = 0
    found = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weights * (chance - labels)) + penalty * found
        curve = (rows * (weights * chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        found -= step
        if np.abs(step).max() < 1e-9:
            break
    scaled = found[1:] / spread
    return float(found[0] - scaled @ mean), scaled


if __name__ == "__main__":
    main()
