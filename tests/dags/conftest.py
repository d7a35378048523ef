"""The DAGs as Airflow reads them; no database and no running Airflow are needed."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import pytest

os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
# Set before Airflow is imported anywhere here: it would write its configuration into the user's home.
AIRFLOW_HOME = tempfile.TemporaryDirectory(prefix="jiandu-test-airflow-")
os.environ["AIRFLOW_HOME"] = AIRFLOW_HOME.name


@pytest.fixture(scope="session")
def bag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    from jiandu.settings import ROOT

    return DagBag(str(ROOT / "dags"))
