"""The scheduler from outside: a small client of Airflow's REST API, enough to start the flow and to watch it until it rests."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.settings import settings

RESTING = {"success", "failed"}
TRIES = 4
READING = "source.reading"
"""Reads the licences of crawled pages; started by their arrival, like the stages after it."""
REPORTED = "posts.reported"
"""Takes reports of hotlines and platforms over to the live reader, likewise."""
BY_ARRIVAL = (READING, REPORTED)
MART = "mart"
DOWNSTREAM = ("collision", "alert", MART, "dashboard")


@dataclass(frozen=True)
class Run:
    """One run of a DAG: ``state`` ∈ queued, running, success, failed."""

    dag_id: str
    run_id: str
    state: str
    seconds: float


class Flow:
    """Airflow of this home. Every method raises ``ServiceUnavailable`` when it does not answer."""

    def __init__(self) -> None:
        from jiandu.services import secrets

        kept = secrets.read()
        self.address = kept["airflow_url"]
        self.client = httpx.Client(base_url=self.address, timeout=30)
        answer = self._send("POST", "/auth/token", json={"username": kept["airflow_user"], "password": kept["airflow_password"]})
        self.client.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def wait_for(self, dag_ids: Iterable[str], patience: float = 180) -> None:
        """Wait until the scheduler knows these DAGs. Raises ``JianduError`` naming import errors or the DAGs that never came."""
        wanted, deadline = set(dag_ids), time.monotonic() + patience
        while missing := wanted - {dag["dag_id"] for dag in self._get("/api/v2/dags", limit=500)["dags"]}:
            if time.monotonic() > deadline:
                errors = self._get("/api/v2/importErrors")["import_errors"]
                broken = [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in errors]
                what = f"these DAGs did not appear: {', '.join(sorted(missing))}"
                raise JianduError.at("airflow", what, "; ".join(broken) or "jiandu logs airflow-processor")
            time.sleep(1)

    def hold_clock(self, key: str, as_of: str) -> None:
        """Set the variable that scheduled runs take their as-of from."""
        body = {"key": key, "value": as_of, "description": "Holds time still for the demo; delete it to let scheduled runs follow the calendar."}
        known = {variable["key"] for variable in self._get("/api/v2/variables", limit=500)["variables"]}
        self._send("PATCH", f"/api/v2/variables/{key}", json=body) if key in known else self._send("POST", "/api/v2/variables", json=body)

    def switch_on(self, dag_ids: Iterable[str]) -> None:
        """Unpause DAGs."""
        for dag_id in dag_ids:
            self._send("PATCH", f"/api/v2/dags/{dag_id}", params={"update_mask": "is_paused"}, json={"is_paused": False})

    def trigger(self, dag_id: str, run_id: str, as_of: str) -> None:
        """Start a run at an as-of; one of that id that is there already is the same run."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": {"as_of": as_of}}
        self._send("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body, fine=(409,))

    def runs(self, since: datetime) -> list[Run]:
        """Every run that was due at an instant of the wall clock or later, and older ones that are still going, in order."""
        mine = {"run_after_gte": since.isoformat()}, {"run_after_lt": since.isoformat(), "state": ["queued", "running"]}
        found = [run for which in mine for run in self._get("/api/v2/dags/~/dagRuns", limit=500, order_by="run_after", **which)["dag_runs"]]
        return [Run(run["dag_id"], run["dag_run_id"], run["state"], float(run["duration"] or 0)) for run in found]

    def waiting(self, dag_id: str) -> bool:
        """Whether asset events wait for the next run of a DAG."""
        return bool(self._send("GET", f"/api/v2/dags/{dag_id}/assets/queuedEvents", fine=(404,)).get("total_entries"))

    def failures(self, run: Run) -> list[str]:
        """The failed tasks of a run, each with where its log is."""
        tasks = self._get(f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances")["task_instances"]
        logs = settings().home.resolve() / "airflow" / "logs" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"
        return [
            f"{run.dag_id}.{task['task_id']} failed: {logs}/task_id={task['task_id']}/attempt={task['try_number']}.log"
            for task in tasks
            if task["state"] == "failed"
        ]

    def _get(self, path: str, **parameters: Any) -> Any:
        return self._send("GET", path, params=parameters)

    def _send(self, method: str, path: str, fine: tuple[int, ...] = (), **arguments: Any) -> Any:
        """One call; repeated when a busy machine lets it time out, for all of ours may be sent twice."""
        for attempt in range(TRIES):
            try:
                answer = self.client.request(method, path, **arguments)
                break
            except httpx.HTTPError as error:
                if attempt == TRIES - 1:
                    raise ServiceUnavailable.at(self.address, f"Airflow does not answer: {error}", "jiandu status, jiandu up") from error
        if answer.is_error and answer.status_code not in fine:
            raise JianduError.at("airflow", f"{method} {path}: HTTP {answer.status_code} {answer.text[:300]}", "jiandu logs airflow-api")
        return answer.json() if answer.content else None
