"""Sphinx's settings. What is shown is written by `dvlab.site.pages`; how, is in `dvlab.site.extension`."""

from pathlib import Path

from dvlab import __version__
from dvlab.site import address

HERE = Path(__file__).parent

project = "dvlab"
author = "The authors of dvlab"
version = release = __version__
html_title = "VAEs and disentanglement"
language = "en"
copyright = "code MIT, text and figures CC BY 4.0"

extensions = ["myst_nb", "sphinx_design", "sphinx.ext.autodoc", "numpydoc", "dvlab.site.extension"]
root_doc = "index"
exclude_patterns = ["_build"]
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]

nb_execution_mode = "off"
nb_ipywidgets_js = {}  # by default two scripts from elsewhere
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "dollarmath", "amsmath", "deflist", "attrs_inline"]
myst_heading_anchors = 4
myst_heading_slug_func = "dvlab.site.extension.slug"
myst_dmath_double_inline = True
myst_update_mathjax = False

default_role = "py:obj"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "sphinx_book_theme"
html_math_renderer = "mathml"
html_static_path = [str(HERE / "static")]
templates_path = [str(HERE / "templates")]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it would fetch pages, which no file:// page may
html_use_index = False
html_domain_indices = False
html_permalinks_icon = "#"
html_sidebars = {"**": ["navbar-logo.html", "search-button-field.html", "playground-link.html", "sbt-sidebar-nav.html"]}
html_context = {"default_mode": "auto"}
html_theme_options = {
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "back_to_top_button": False,
    "use_fullscreen_button": False,
    "use_download_button": False,
    "search_bar_text": "Search the course",
    "footer_content_items": ["copyright.html"],
    "article_header_end": ["notebook.html", "article-header-buttons.html"],
}
if address.REPOSITORY:
    html_theme_options |= {
        "repository_url": address.REPOSITORY,
        "repository_branch": address.BRANCH,
        "path_to_docs": "",
        "use_repository_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        },
    }
