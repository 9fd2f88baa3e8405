"""Targets: the systems that exports and packages are rendered for, one file each."""
