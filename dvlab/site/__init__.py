"""The course as web pages, out of the stored notebooks: nothing is run, and no page asks for anything from elsewhere.

`build` makes them; `address` holds the one setting; all else is Sphinx's: `conf` and `extension`, over sources that
`notebooks`, `pages`, `reference` and `court` write from what the checkout holds.
"""
