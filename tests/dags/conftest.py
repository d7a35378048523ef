"""The DAGs as Airflow reads them; no database and no running Airflow are needed."""

from __future__ import annotations

import os
from typing import Any

import pytest

os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
os.environ.setdefault("AIRFLOW__CORE__UNIT_TEST_MODE", "False")


@pytest.fixture(scope="session")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    from airflow.dag_processing.dagbag import DagBag

    from jiandu.settings import ROOT

    return DagBag(str(ROOT / "dags"))
