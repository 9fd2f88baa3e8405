"""Values: what a Python value is: its fingerprint, how it is saved, loaded and described."""
