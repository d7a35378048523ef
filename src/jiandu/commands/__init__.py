"""The commands, one module an area; each has ``register(app)``."""
