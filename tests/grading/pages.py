"""Pages of feedback for what a submission might hold: everything that runs, loads, moves or covers something."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from dvlab.grading.assemble import Part
from dvlab.grading.feedback import page

RUNS = "document.title='stolen'"
HOSTILE = {
    "script": f"<script>{RUNS}</script>",
    "onerror": f'<img src=x onerror="{RUNS}"> <img src="data:image/png;base64,AAAA" onerror="{RUNS}">',
    "onload": f'<body onload="{RUNS}"><svg onload="{RUNS}"><style onload="{RUNS}">a</style>',
    "iframe": f'<iframe srcdoc="<script>parent.{RUNS}</script>"></iframe><object data="javascript:{RUNS}"></object>',
    "svg": f'<svg><script>{RUNS}</script><a xlink:href="javascript:{RUNS}"><text>x</text></a></svg>',
    "links": f'<a class="bad" href="javascript:{RUNS}">a</a> <a class="bad" href="JaVa&#115;cript:{RUNS}">b</a>'
    f' <a class="bad" href="data:text/html,<script>opener.{RUNS}</script>">c</a> [d](javascript:{RUNS})',
    "css": '<style>main{display:none}body::before{content:"";position:fixed;inset:0;background:red}</style>'
    '<div class="cover" style="position:fixed;inset:0;z-index:9;background:red">covers</div>',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://elsewhere.test/"><base href="https://elsewhere.test/">',
    "form": '<form action="https://elsewhere.test/"><input name="a" autofocus onfocus="' + RUNS + '"></form>',
    "elsewhere": '<img src="https://elsewhere.test/a.png"><link rel="stylesheet" href="https://elsewhere.test/a.css">'
    '<video src="https://elsewhere.test/a.mp4"></video>![x](https://elsewhere.test/b.png)',
    "math": f"$\\href{{javascript:{RUNS}}}{{x}}$ $\\text{{<img src=x onerror={RUNS}>}}$ <math><mtext><script>{RUNS}"
    "</script></mtext><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
    "unclosed": f"<div><table><!-- </main></body> --><textarea><title><script>{RUNS}",
}
FORMULAS = r"""Inline $\sigma^2_j$ and $D_{\mathrm{KL}}\big(q(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big)$.

$$\mathcal L=\tfrac12\sum_j\left(\sigma_j^2+\mu_j^2-1-\ln\sigma_j^2\right)$$
"""


def outputs(text):
    """One piece of HTML in every kind of output."""
    kinds = ("text/html", "text/markdown", "image/svg+xml", "text/latex", "application/javascript", "text/plain")
    made = [new_output("display_data", data={kind: text}) for kind in kinds]
    made += [new_output("display_data", data={"text/html": text, "application/vnd.jupyter.widget-view+json": {}})]
    made += [new_output("stream", name="stdout", text=text), new_output("stream", name="stderr", text=text)]
    return [*made, new_output("error", ename=text, evalue=text, traceback=[text])]


def hostile(text, student="eve", exercise="02_elbo"):
    """A page that holds this everywhere."""
    cells = [new_markdown_cell(text), new_raw_cell(text), new_code_cell(f"'''{text}'''", outputs=outputs(text))]
    parts = [Part(cell, f"name-{n}", None, 2.0) for n, cell in enumerate(cells)]
    known = {"score": 1.5, "by_hand": 2.0, "status": "graded", "note": text}
    known["cells"] = {"name-0": [None, 2.0], "name-1": [0.0, 2.0], "name-2": [1.5, 2.0]}
    return page(student, exercise, 6.0, parts, known)
