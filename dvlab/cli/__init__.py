"""What the commands do: `models` (train, evaluate, sweep, page), `teaching` (notebooks, release, grade)."""
