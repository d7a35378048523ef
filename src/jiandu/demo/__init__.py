"""The synthetic province: everything in it is invented, deterministic, and delivered as real agencies deliver."""
