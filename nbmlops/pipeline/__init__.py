"""Pipeline: cut a slice into steps with parameters, and write it as the code a good engineer would."""
