"""How Superset is served: a few processes of threads, loaded once and forked."""

from __future__ import annotations

import os

bind = os.environ["SUPERSET_BIND"]
workers = int(os.environ.get("SUPERSET_WORKERS", "2"))
worker_class = "gthread"
threads = 8
timeout = 120
graceful_timeout = 10
preload_app = True
max_requests, max_requests_jitter = 5000, 500
# Heartbeats in memory: on a slow disk a worker that only waits would be taken for dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
control_socket_disable = True


def post_fork(server, worker) -> None:  # type: ignore[no-untyped-def]
    """Connections opened before the fork must not be shared by the workers: random errors 500 otherwise."""
    from superset import db

    with server.app.wsgi().app_context():
        db.engine.dispose(close=False)
