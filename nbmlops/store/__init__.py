"""The store: the records and contents of everything that was seen, in one private SQLite file."""
