"""What the commands do.

models    train, evaluate, sweep, page, playground
codes     score, trial: metrics without a model
teaching  notebooks, release, grade
site      site
errors    which errors are told in one line
"""
