"""The DAGs as Airflow reads them; no database and no running Airflow are needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
# Set before Airflow is imported anywhere here: it would write its configuration into the user's home.
os.environ.setdefault("AIRFLOW_HOME", str(Path(os.environ["JIANDU_HOME"]) / "airflow-of-tests"))


@pytest.fixture(scope="session")
def bag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    from jiandu.settings import ROOT

    return DagBag(str(ROOT / "dags"))
