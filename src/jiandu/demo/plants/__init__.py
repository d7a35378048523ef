"""Truths that the models must find and decoys that they must leave alone, one module a model."""
