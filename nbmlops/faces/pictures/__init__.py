"""Pictures: curves, columns, matrices and graphs as trees of shapes, made without a plotting library."""
