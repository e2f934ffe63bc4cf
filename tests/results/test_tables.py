"""What holds in every row of every shipped table and on every card, so that an altered number is noticed."""

import csv
import itertools

import numpy as np
import pytest

from dvlab import results, zoo
from dvlab.experiments import recipes, sweeps

TABLES = sorted(path.stem for path in results.RESULTS.glob("*.csv"))
PARTS = ("mutual_information", "total_correlation", "dimension_wise")
TIMES = {"seconds", "cpu_seconds"}


def rows_of(table):
    """The rows as text, by column; empty fields left out."""
    lines = (results.RESULTS / f"{table}.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [{name: value for name, value in row.items() if value} for row in rows]


MEASURED = [table for table in TABLES if "kl" in rows_of(table)[0]]  # a row a trained model
TRAINED = [table for table in MEASURED if "objective" in rows_of(table)[0]]  # by a sweep


def number(row, name):
    return float(row[name])


@pytest.mark.parametrize("table", MEASURED)
def test_the_parts_add_up_to_the_kl(table):
    for row in rows_of(table):
        total = sum(number(row, part) for part in PARTS)
        assert number(row, "kl") == pytest.approx(total, rel=2e-5, abs=2e-5), row


@pytest.mark.parametrize("table", MEASURED)
def test_mig_is_the_mean_of_its_columns(table):
    for row in rows_of(table):
        gaps = [number(row, name) for name in row if name.startswith("mig_")]
        if gaps:
            assert number(row, "mig") == pytest.approx(np.mean(gaps), abs=1e-4), row


@pytest.mark.parametrize("table", MEASURED)
def test_every_number_lies_where_it_can(table):
    for row in rows_of(table):
        assert number(row, "mutual_information") > -1e-6 and number(row, "dimension_wise") > -1e-6
        assert number(row, "total_correlation") > -0.05  # a sampled estimate of a number of at least 0
        shares = [name for name in row if name.startswith(("mig", "swap", "dci"))]
        assert all(-1e-6 <= number(row, name) <= 1 for name in shares), row
        assert 0 <= number(row, "active_latents") <= 10


@pytest.mark.parametrize("table", TRAINED)
def test_a_run_stands_in_a_table_once(table):
    runs = [(row["objective"], row["beta"], row["seed"]) for row in rows_of(table)]
    assert len(runs) == len(set(runs))


def test_runs_that_stand_in_several_tables_are_the_same_in_each():
    shared = 0
    for one, other in itertools.combinations(TRAINED, 2):
        known = {(row["objective"], row["beta"], row["seed"]): row for row in rows_of(one)}
        for row in rows_of(other):
            twin = known.get((row["objective"], row["beta"], row["seed"]))
            if twin is not None and twin["steps"] == row["steps"]:
                both = (set(row) & set(twin)) - TIMES
                assert {name: row[name] for name in both} == {name: twin[name] for name in both}
                shared += 1
    assert shared >= 15  # `seeds` and `fronts` have three methods and five seeds in common


@pytest.mark.parametrize(
    ("table", "objective", "beta", "card"),
    [
        ("recipes", "beta-tcvae-long", 5, "sprites-beta-tcvae"),
        ("apples", "fruit-beta-tcvae", 0.2, "fruit-beta-tcvae"),
    ],
)
def test_the_first_seed_of_a_table_is_the_model_that_ships(table, objective, beta, card):
    """Up to what halving the weights' precision costs."""
    (row,) = [
        row
        for row in rows_of(table)
        if row["objective"] == objective and number(row, "beta") == beta and row["seed"] == str(zoo.card(card)["seed"])
    ]
    for name in ("reconstruction", "kl", *PARTS, "mig"):
        assert number(row, name) == pytest.approx(zoo.card(card)[name], rel=2e-3, abs=5e-3), name


@pytest.mark.parametrize("name", zoo.names())
def test_a_card_agrees_with_itself_and_with_its_recipe(name):
    card, recipe = zoo.card(name), recipes.RECIPES[name]
    assert card["kl"] == pytest.approx(sum(card[part] for part in PARTS), rel=1e-6)
    assert card["kl"] == pytest.approx(sum(card["kl_per_latent"]), abs=1e-3)
    assert card["elbo"] == pytest.approx(-card["reconstruction"] - card["kl"], rel=1e-6)
    assert card["mig"] == pytest.approx(np.mean(list(card["mig_per_factor"].values())), abs=1e-4)
    assert card["about"] == recipe.about and card["training"] == recipe.training
    assert card["objective"] == str(recipe.objective)
    assert card["world"] == str(recipe.world()).splitlines()[0]
    weights = zoo.load(name, device="cpu")
    for option, value in {**recipe.vae, "image_shape": recipe.world().image_shape, "seed": card["seed"]}.items():
        assert weights.config[option] == (list(value) if isinstance(value, tuple) else value), option


@pytest.mark.parametrize("table", [table for table in TRAINED if table in sweeps.SWEEPS])
def test_a_table_was_made_by_the_studies_as_they_are_now(table):
    """What each method minimises, trains and draws stands above its table, and each of its points has a row."""
    text = (results.RESULTS / f"{table}.csv").read_text(encoding="utf-8")
    for point in sweeps.points(table):
        if point.seed == sweeps.points(table)[0].seed:
            made = sweeps._told(sweeps._made_from(point))
            first = min(p.beta for p in sweeps.points(table) if p.objective == point.objective)
            if point.beta == first:
                told = [line for line in text.splitlines() if line.startswith(f"# {point.objective}: ")]
                assert told and _spelled(told[0]) == _spelled(f"# {point.objective}: {made}")
    runs = {(row["objective"], float(row["beta"]), int(row["seed"])) for row in rows_of(table)}
    worlds = {(row["objective"], row["world"]) for row in rows_of(table) if "world" in row}
    assert worlds <= {(p.objective, p.recipe.world.__qualname__) for p in sweeps.points(table)}
    assert runs == {(p.objective, p.beta, p.seed) for p in sweeps.points(table)}


def _spelled(objective):
    """Whole numbers alike, whether they were written 4 or 4.0."""
    return objective.replace(".0", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "table, objective", [("two-factors", "two-factors-vae-constant"), ("pairs", "two-factors-ada-gvae")]
)
def test_a_row_is_what_its_training_gives_again(table, objective):
    """The columns that nothing else vouches for, too; on another processor a training ends a little elsewhere."""
    (point,) = [p for p in sweeps.points(table) if p.objective == objective and p.seed == 3]
    (row,) = [r for r in rows_of(table) if r["objective"] == objective and r["seed"] == "3"]
    for name, value in sweeps.run(point).items():
        if isinstance(value, float) and name not in TIMES:
            assert number(row, name) == pytest.approx(value, rel=0.01, abs=0.01), name
