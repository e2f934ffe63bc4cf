"""README's table of what trains in minutes says what the shipped tables and cards say."""

from pathlib import Path

import pytest

from dvlab import results, zoo
from dvlab.results.paired import paired_difference

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
ROWS = README[README.index("## What trains in minutes") :].split("\n## ")[0].splitlines()


@pytest.mark.parametrize(
    "table, objective, beta, row",
    [
        ("seeds", "beta-vae-constant", 1, "a VAE, β = 1"),
        ("seeds", "beta-vae-cooled", 4, "β-VAE, β cooled from 40 to 4"),
        ("seeds", "beta-tcvae-cooled", 5, "β-TCVAE, cooled, quick"),
        ("minute", "beta-tcvae-minute", 5, "β-TCVAE, cooled, in a minute and a half"),
        ("recipes", "beta-tcvae-long", 5, "β-TCVAE, cooled"),
        ("square", "beta-tcvae-square-cooled", 5, "β-TCVAE, cooled"),
        ("square", "beta-tcvae-square-slower", 5, "β-TCVAE, cooled slowly from 80"),
        ("square", "beta-tcvae-square", 5, "the same, and column sums first"),
        ("pairs", "two-factors-ada-gvae", 1, "Ada-GVAE, cooled, on pairs that share one factor"),
        ("pairs", "two-factors-unpaired", 1, "a VAE, cooled alike, on the same images"),
        ("factor-vae", "two-factors-factor-vae", 4, "FactorVAE, γ = 4"),
        ("stripes", "plain-ground", 1, "a VAE, cooled"),
        ("stripes", "stripes-of-both", 1, "the same, faint stripes show x + y"),
        ("stripes", "stripes-of-x", 1, "the same, as faint stripes show x"),
        ("support", "correlated-vae", 1, "a VAE, cooled"),
        ("support", "correlated-support", 0.5, "with factorised support, γ = 0.5"),
        ("support", "correlated-support", 3, "with factorised support, γ = 3"),
        ("sessions", "sessions-vae", 1, "a VAE, cooled"),
        ("sessions", "sessions-ivae", 1, "iVAE, told of the session"),
        ("apples", "fruit-beta-tcvae", 0.2, "β-TCVAE, cooled"),
        ("apples-otherwise", "fruit-vae-constant", 1, "a VAE, β = 1"),
        ("apples-otherwise", "fruit-autoencoder", 0, "an autoencoder, β = 0"),
        ("further", "three-fruits-tcvae", 0.2, "three fruits | the same β-TCVAE, five latents"),
        ("further-why", "halfway-fruits-tcvae", 0.2, "the same, the third fruit halfway between the two"),
        ("further", "five-places-tcvae", 0.2, "fruit in five places | the same β-TCVAE, five latents"),
    ],
)
def test_a_row_says_what_its_table_says(table, objective, beta, row):
    (line,) = [line for line in ROWS if f"| {row} |" in line and f"`{table}`" in line]
    runs = results.read(table)
    runs = runs[(runs["objective"] == objective) & (runs["beta"] == beta)]
    mig = runs["mig"]
    assert f"{mig.mean():.2f} ± {mig.std(ddof=1):.2f}, {len(mig)} seeds, {mig.min():.2f} to {mig.max():.2f}" in line
    assert f"{runs['steps'][0]:,} × {runs['batch_size'][0]}" in line
    if "swap_right" in runs.dtype.names:
        passed = (runs["swap_right"] >= 0.9).sum()
        assert f"{passed} of {len(runs)}; {runs['swap_strict'].mean():.2f}" in line


def by_seed(table, objective):
    rows = results.read(table)
    rows = rows[(rows["objective"] == objective) & (rows["beta"] != 0.25)]  # of fruit: the recipe that ships
    return dict(zip(rows["seed"].tolist(), rows["mig"].tolist(), strict=True))


@pytest.mark.parametrize(
    "ours, theirs, row",
    [
        (("seeds", "beta-vae-cooled"), ("seeds", "beta-vae-constant"), "β-VAE, cooled | a VAE"),
        (("seeds", "beta-tcvae-cooled"), ("seeds", "beta-vae-cooled"), "β-TCVAE, cooled, quick | β-VAE, cooled"),
        (("square", "beta-tcvae-square-slower"), ("square", "beta-tcvae-square-cooled"), "cooled slowly | cooled"),
        (("square", "beta-tcvae-square"), ("square", "beta-tcvae-square-slower"), "column sums first | cooled slowly"),
        (("apples", "fruit-beta-tcvae"), ("apples-otherwise", "fruit-vae-constant"), "cooled | a VAE | 5"),
        (("apples", "fruit-beta-tcvae"), ("apples-otherwise", "fruit-autoencoder"), "cooled | an autoencoder"),
    ],
)
def test_a_difference_is_paired_by_seed(ours, theirs, row):
    (line,) = [line for line in ROWS if f"{row} |" in line]
    ours, theirs = by_seed(*ours), by_seed(*theirs)
    seeds = sorted(ours.keys() & theirs.keys())
    found = paired_difference([ours[s] for s in seeds], [theirs[s] for s in seeds])
    assert line.endswith(f"| {len(seeds)} | {found} |")


@pytest.mark.parametrize("name", zoo.names())
def test_every_model_on_the_shelf_is_named_with_its_figures(name):
    (line,) = [line for line in ROWS if f"`{name}`" in line]
    card = zoo.card(name)
    assert f"MIG {card['mig']:.2f}" in line and f"{card['seconds']} s" in line


@pytest.mark.parametrize(
    "table, objective, beta_tcvae",
    [
        ("factor-vae", "two-factors-factor-vae", "two-factors-tcvae-constant"),
        ("pairs", "two-factors-ada-gvae", "two-factors-tcvae-cooled"),
    ],
)
def test_the_readme_says_how_an_objective_differs_from_beta_tcvae(table, objective, beta_tcvae):
    ours, theirs = results.read(table), results.read("two-factors")
    ours = ours[ours["objective"] == objective]
    theirs = theirs[(theirs["objective"] == beta_tcvae) & (theirs["seed"] < len(ours))]
    assert ours["seed"].tolist() == theirs["seed"].tolist()
    for column in ("mig", "total_correlation", "reconstruction"):
        assert f"{paired_difference(ours[column], theirs[column])}" in README.replace("\n", " ")


@pytest.mark.parametrize("row", results.read("others"), ids=lambda row: row["model"])
def test_the_readme_says_what_published_models_measure(row):
    (line,) = [line for line in README.splitlines() if line.startswith(f"| `{row['model']}` |")]
    cells = [cell.strip() for cell in line.split("|")][2:-1]
    kinds = [[n for n in row.dtype.names if n.startswith(f"{kind}_")] for kind in ("dci", "info")]
    assert cells[0] == f"{row['kl']:.1f} ({row['logged_kl']:.1f})"
    assert cells[1] == f"{row['mutual_information']:.2f}"
    assert cells[2].split(" ")[0] == f"{row['total_correlation']:.2f}"
    assert cells[3:5] == [f"{row['mig']:.2f}", f"{row['without_shape_mig']:.2f}"]
    assert cells[5:] == [", ".join(f"{row[name]:.2f}" for name in names) for names in kinds]


def test_a_fruit_halfway_beside_a_pear():
    halfway, pear = by_seed("further-why", "halfway-fruits-tcvae"), by_seed("further", "three-fruits-tcvae")
    seeds = sorted(halfway.keys() & pear.keys())
    said = paired_difference([halfway[seed] for seed in seeds], [pear[seed] for seed in seeds])
    assert len(seeds) == 3 and f"MIG is higher by {said} (three seeds, paired" in README
