"""What the verbs of the command line print for people."""

from __future__ import annotations

from typing import Any


def run_text(result: dict[str, Any]) -> str:
    """Return what a run did and where its report is."""
    if all(stage["status"] == "up to date" for stage in result["stages"]):
        first = f"Nothing to do: {result['output']} is up to date."
    else:
        first = f"Done: {result['output']}"
    lines = [first, "", f"  records  {result['records']:>10,}", f"  kept     {result['kept']:>10,}"]
    lines += [f"  removed  {result['removed']:>10,}"]
    lines += [f"    {count:>10,}  {reason}" for reason, count in result["removed_by_reason"].items()]
    lines += [f"  failed   {result['failed']:>10,}"]
    if result["forgotten"]:
        lines += [f"  and {result['forgotten']:,} taken down"]
    if result["ranges_failed"]:
        lines.append(f"  ranges of bytes that could not be read: {result['ranges_failed']:,}")
    total = result["kept"] + result["removed"] + result["failed"]
    if any(stage["stage"] == "assemble" for stage in result["stages"]):
        sign = "=" if total == result["records"] else "!="
        parts = f"{result['kept']:,} + {result['removed']:,} + {result['failed']:,}"
        lines += ["", f"  {result['records']:,} {sign} {parts}"]
    if any(stage["stage"] == "report" for stage in result["stages"]):
        lines += ["", f"Report: {result['output']}/report/index.html"]
    return "\n".join(lines)


def validate_text(result: dict[str, Any]) -> str:
    """Return the problems of a recipe."""
    if result["ok"]:
        return "The recipe is good."
    lines = [f"  {problem['path']}: {problem['message']}" for problem in result["problems"]]
    return "\n".join([f"{len(lines)} problem(s):", *lines])


def extract_text(result: dict[str, Any]) -> str:
    """Return a document under a line that names it; where it failed, why."""
    error = result["error"]
    told = f"{error['code']}: {error['message']}" if error else result["media_type"]
    return f"==> {result['uri']} ({told})\n{result['text'] or ''}"


def plan_text(result: dict[str, Any]) -> str:
    """Return what a run is predicted to cost."""
    sample = result["sample"]
    lines = [
        f"From {sample['documents']:,} documents, {sample['share']:.2%} of what is listed"
        + (" (the time was over)" if sample["is_cut"] else ""), "",
    ]  # fmt: skip
    names = ("rows", "text_bytes", "signatures", "band_keys", "candidates", "edges", "shuffle_bytes")
    lines += [f"  {name:<14} {result[name]:>18,}" for name in names if name in result]
    prices = ("core_hours", "hours", "price")
    lines += [f"  {name:<14} {result[name]:>18,.2f}" for name in prices if name in result]
    lines += ["", f"  {'stage':<12} {'core-hours':>12} {'shuffled MB':>14}"]
    for name, cost in result["stages"].items():
        lines.append(
            f"  {name:<12} {cost['cpu_seconds'] / 3600:>12,.3f} {cost['shuffle_bytes'] / 1e6:>14,.1f}"
        )
    return "\n".join(lines + _bands_text(result.get("near_dedup")))


def fetch_text(result: dict[str, Any]) -> str:
    """Return what was fetched and how a recipe names it."""
    first = "Done" if result["requested"] else "Nothing to do"
    lines = [f"{first}: {result['output']}", "", f"  urls     {result['urls']:>10,}"]
    lines += [f"  fetched  {result['fetched']:>10,}   {result['bytes'] / 1e6:,.1f} MB"]
    lines += [f"  failed   {result['failed']:>10,}"]
    lines += [f"    {count:>10,}  {code}" for code, count in result["failed_by_code"].items()]
    if result["failed"]:
        lines += ["", f"Why: {result['output']}/fetched.jsonl; --retry-failed asks for them again."]
    if result["fetched"]:
        lines += ["", "In a recipe:", f"  - {{path: {result['warc']}, format: warc, source: web}}"]
    return "\n".join(lines)


def forget_text(result: dict[str, Any]) -> str:
    """Return what was taken down and what came back."""
    lines = [f"Taken down: {result['taken_down']:,} record(s); {result['forgotten']:,} in all"]
    named = (
        ("unknown", "not in this output; will be left out if they ever come"),
        ("returned", "came back to the corpus: a document that stood for them is gone"),
    )
    for name, meaning in named:
        if result[name]:
            lines += ["", f"{len(result[name]):,} {meaning}:", *(f"  {doc_id}" for doc_id in result[name])]
    parts = f"{result['kept']:,} kept, {result['removed']:,} removed, {result['failed']:,} failed"
    lines += ["", f"The output now: {result['records']:,} records: {parts}"]
    if result["purged"]:
        lines += ["Purged: no file under the output holds them; earlier versions cannot be read any more."]
    return "\n".join(lines)


def similar_text(result: dict[str, Any]) -> str:
    """Return the documents found, the best first."""
    of_all = f"of {result['compared']:,} at J >= {result['threshold']:g}"
    if not result["found"]:
        return f"No document resembles the text: none {of_all}."
    lines = [f"{result['found']:,} document(s) {of_all}; the estimate's error is some 0.03", ""]
    for item in result["documents"]:
        state = item["status"] + (f" ({item['reason']})" if "reason" in item else "")
        name = f"{item.get('source', '')}:{item.get('key', '')}"
        lines.append(f"  {item['doc_id']}  {item['jaccard']:.3f}  {state:<9}  {name}")
        lines.append(f"      {item.get('title') or item.get('begins', '')}")
    return "\n".join(lines)


def digest_text(result: dict[str, Any]) -> str:
    """Return a line a table."""
    lines = [f"{digest}  {name}" for name, digest in result["tables"].items()]
    return "\n".join([*lines, f"{result['digest']}  (all)"])


def _bands_text(near: dict[str, Any] | None) -> list[str]:
    if near is None:
        return []
    head = "bands x rows   " + " ".join(f"J={place:<5}" for place in near["bands"][0]["recall"])
    lines = [
        "",
        "  Share of pairs found, by bands (* chosen), with candidates and core-hours",
        "",
        f"  {head}",
    ]
    for choice in near["bands"]:
        mark = "*" if choice["is_chosen"] else " "
        curve = " ".join(f"{share:<7.3f}" for share in choice["recall"].values())
        cost = f"{choice['candidates']:,} {choice['core_hours']:,.3f}"
        lines.append(f"  {choice['bands']:>3} x {choice['rows']:<2}     {mark} {curve} {cost}")
    return lines
