"""The embedded services: real engines as ordinary processes under one supervisor, all of them on loopback.

A province runs the same code against its own cluster (``infra/province``); nothing above this package knows the difference.
"""
