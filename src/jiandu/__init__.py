"""Jiandu (监督): data integration and early warning for procuratorial legal supervision."""
