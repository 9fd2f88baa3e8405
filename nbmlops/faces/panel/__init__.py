"""The panel: screens that show the store and do what the verbs do, in a notebook or on a page."""
