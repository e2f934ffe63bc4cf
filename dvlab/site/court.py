"""The court's table: what each metric says in each case, and whether it is true."""

import html
from collections import Counter

from dvlab import results

MARK = {"passes": "✓", "undefined": "–", "crashes": "!", "no truth": ""}
VERDICTS = {
    "passes": "the score is what is true",
    "fails": "above ↑ or below ↓ what is true",
    "undefined": "no score",
    "no truth": "nothing is known that it should say",
}


def table() -> str:
    """dvlab/results/court.csv as an HTML table: cases down, metrics across."""
    rows = results.read("court")
    metrics, cases = (list(dict.fromkeys(rows[column].tolist())) for column in ("metric", "case"))
    cells = {(row["case"], row["metric"]): row for row in rows}
    passed, judged = Counter(), Counter()
    for row in rows:
        passed[row["metric"]] += row["verdict"] == "passes"
        judged[row["metric"]] += row["verdict"] != "no truth"
    head = "".join(f'<th scope="col"><span>{html.escape(metric)}</span></th>' for metric in metrics)
    total = "".join(f"<td>{passed[metric]}/{judged[metric]}</td>" for metric in metrics)
    body = "".join(
        f'<tr><th scope="row">{html.escape(case)}</th>{"".join(cell(cells[case, metric]) for metric in metrics)}</tr>'
        for case in cases
    )
    legend = "".join(f'<li><span class="{css(v)}">{v}</span> {words}</li>' for v, words in VERDICTS.items())
    return (
        f'<ul class="verdicts">{legend}</ul>\n<div class="scrolls court"><table>'
        f"<caption>Scores of {len(metrics)} metrics in {len(cases)} cases</caption>"
        f'<thead><tr><th scope="col">case</th>{head}</tr></thead>'
        f'<tbody>{body}</tbody><tfoot><tr><th scope="row">passed of judged</th>{total}</tr></tfoot></table></div>'
    )


def cell(row) -> str:
    """A score, its verdict as a colour and a sign, and on hover what is true."""
    verdict, score = str(row["verdict"]), float(row["score"])
    sign = MARK.get(verdict) if verdict != "fails" else "↑" if score > row["high"] else "↓"
    text = "" if score != score else f"{score:.2f}"
    true = "" if row["low"] != row["low"] else f"; true: {row['low']:.3g} to {row['high']:.3g}"
    shown = text + ("" if verdict == "passes" else sign)
    return f'<td class="{css(verdict)}" title="{html.escape(verdict + true)}">{shown}</td>'


def css(verdict: str) -> str:
    return verdict.replace(" ", "-")
