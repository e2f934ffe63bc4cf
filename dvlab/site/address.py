"""Where the course is published. Binder and Colab buttons, and links to the sources, appear when this is filled in."""

REPOSITORY = ""  # https://github.com/OWNER/NAME
BRANCH = "main"
