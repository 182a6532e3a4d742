# ruff: noqa: E501 - rows of data
"""The report in a headless Chromium: no error, no missing picture, readable at phone width, light and dark.

The page holds no script and its policy allows none. The copy that is looked at lets in one more: `probe.js`, by
its hash, which reports what it sees from inside a frame as wide as a phone or a desk.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.report_data import make_facts

from tamis.report.facts import ReportFacts, Totals
from tamis.report.page import render

pytestmark = pytest.mark.browser

PROBE = Path(__file__).with_name("probe.js").read_text()
PHONE, DESK = 390, 1280
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--dump-dom",
    "--virtual-time-budget=5000",
)  # fmt: skip
FRAME = """<!doctype html><meta charset="utf-8"><body><pre id="seen"></pre><script>
addEventListener("message", (event) => { document.getElementById("seen").textContent = event.data; });
</script><iframe src="page.html" style="width:WIDTHpx;height:800px;border:0"></iframe></body>"""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give a Chromium: Debian's, one that TAMIS_CHROMIUM names, or one of Puppeteer or Playwright."""
    if os.environ.get("CI"):
        pytest.skip("no browser in CI")
    caches = [Path.home() / ".cache" / "puppeteer", Path.home() / ".cache" / "ms-playwright"]
    found = (str(path) for cache in caches for path in sorted(cache.glob("**/chrome-linux*/chrome")))
    named = os.environ.get("TAMIS_CHROMIUM") or shutil.which("chromium") or next(found, None)
    if named is None:
        pytest.skip("no Chromium: apt-get install chromium, or set TAMIS_CHROMIUM")
    return named


@pytest.fixture
def look(chromium, tmp_path):
    """Give a function that shows a page in a frame and returns what the probe saw."""

    def look_at(page: str, width: int, *flags: str) -> dict:
        (tmp_path / "page.html").write_text(with_probe(page), encoding="utf-8")
        frame = tmp_path / "frame.html"
        frame.write_text(FRAME.replace("WIDTH", str(width)), encoding="utf-8")
        profile = tmp_path / "profile"
        command = [
            chromium,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={max(width, 500)},900",
            *flags,
        ]
        done = subprocess.run(
            [*command, frame.as_uri()], capture_output=True, text=True, timeout=120, check=True
        )
        seen = re.search(r'<pre id="seen">(.+?)</pre>', done.stdout, re.DOTALL)
        assert seen, f"the probe said nothing: {done.stdout[:500]} {done.stderr[-500:]}"
        return json.loads(html.unescape(seen.group(1)))

    return look_at


def with_probe(page: str) -> str:
    """Return the page with the probe, which its policy lets in by hash and nothing else."""
    digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
    policy = "default-src 'none'; "
    assert page.count(policy) == 1
    allowed = page.replace(policy, f"{policy}script-src 'sha256-{digest}'; ")
    return allowed.replace("</title>", f"</title><script>{PROBE}</script>", 1)


def assert_readable(seen: dict) -> None:
    faults = {
        name: seen[name] for name in ("errors", "outside", "emptyCharts", "faint", "small") if seen[name]
    }
    assert not faults
    assert seen["overflow"] <= 0


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_report_is_readable_at_any_width(look, width):
    seen = look(render(make_facts()), width)
    assert_readable(seen)
    assert seen["charts"] > 40
    assert seen["title"] == "handbook · tamis report"
    assert seen["background"] == "rgb(251, 250, 248)"


def test_report_has_a_dark_scheme_with_contrast(look):
    seen = look(render(make_facts()), PHONE, "--force-dark-mode")
    assert_readable(seen)
    assert seen["background"] == "rgb(19, 23, 26)"


def test_report_of_ten_billion_documents_fits_a_phone(look):
    totals = Totals(files=10**7, bytes=31 * 10**12, records=10**10, extracted=10**10, kept=10**10,
                    kept_chars_before=31 * 10**12, kept_chars=30 * 10**12, cut_chars=10**12)  # fmt: skip
    assert_readable(look(render(ReportFacts("a" * 60, totals=totals)), PHONE))


def test_probe_notices_what_is_wrong(look):
    page = render(make_facts())
    broken = page.replace("<main>", '<main><p style="width:600px;color:#ddd">too wide and faint</p>', 1)
    broken = broken.replace('class="bin fill-kept"', 'class="bin" display="none"').replace("<rect", "<g")
    seen = look(
        broken.replace("</rect", "</g").replace("</main>", '<img src="https://example.org/x.png"></main>'),
        PHONE,
    )
    assert any("too wide" in name for name in seen["outside"])
    assert any("too wide" in name for name in seen["faint"])
    assert seen["overflow"] > 0
    assert seen["emptyCharts"]
    assert seen["errors"]
