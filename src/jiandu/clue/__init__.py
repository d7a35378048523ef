"""A clue: one finding on one subject, kept as changes in the lake and as work in the operational store."""
