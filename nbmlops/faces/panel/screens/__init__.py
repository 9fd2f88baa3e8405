"""The screens of the panel, one file each."""
