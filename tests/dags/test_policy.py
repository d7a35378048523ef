"""What every DAG of the flow must have, and that none is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jiandu import content, schedule
from jiandu.settings import ROOT

FILES = sorted((ROOT / "dags").glob("*.py"))
STAGES = {"source", "collision", "alert", "mart", "dashboard", "watch"}


def test_every_file_parses_and_gives_dags(bag: Any) -> None:
    assert bag.import_errors == {}
    assert {Path(dag.fileloc) for dag in bag.dags.values()} == set(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_are_thin_and_airflow_does_not_skip_them(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 40
    assert "airflow" in text
    assert "dag" in text


def test_every_dag_keeps_the_policy(bag: Any) -> None:
    faults = []
    for dag in bag.dags.values():
        if set(dag.tags) - STAGES or len(dag.tags) != 1:
            faults.append(f"{dag.dag_id}: tags {dag.tags} are not one stage")
        if not (dag.doc_md or "").strip():
            faults.append(f"{dag.dag_id}: no documentation")
        if dag.catchup or dag.max_active_runs != 1:
            faults.append(f"{dag.dag_id}: catches up or runs twice at a time")
        for task in dag.tasks:
            if task.owner in ("", "airflow") or task.retries < 1 or task.execution_timeout is None:
                faults.append(f"{dag.dag_id}.{task.task_id}: needs owner, retries and a time limit")
    assert faults == []


def test_every_contract_has_its_dag_and_streams_are_watched(bag: Any) -> None:
    kinds = {name: str(content.read_yaml(path)["delivery"]["kind"]) for name, path in content.units("sources").items()}
    expected = {dag_id for name, kind in kinds.items() if kind != "kafka" for dag_id in schedule.source(name).dag_ids}
    assert {dag_id for dag_id in bag.dags if dag_id.startswith("source.")} == {*expected, "source.reading"}
    assert {"source.platform__takeaway_shop.shisuda", "source.platform__takeaway_shop.baiwei"} <= expected, "one DAG a site"
    watched = {inlet.name for inlet in bag.dags["watch"].task_dict["streams"].inlets}
    assert watched == {f"silver.{name}" for name, kind in kinds.items() if kind == "kafka"}


def test_sources_have_a_schedule_of_their_own(bag: Any) -> None:
    sources = [dag for dag in bag.dags.values() if dag.dag_id.startswith("source.") and dag.dag_id != "source.reading"]
    without = [dag.dag_id for dag in sources if not hasattr(dag.schedule, "expression")]
    assert without == []


def test_assets_connect_every_source_to_the_screens(bag: Any) -> None:
    starts: dict[str, set[str]] = {}
    emits: dict[str, set[str]] = {}
    for dag in bag.dags.values():
        if not hasattr(dag.schedule, "expression"):
            starts[dag.dag_id] = {asset.name for asset in getattr(dag.schedule, "objects", [dag.schedule])}
        emits[dag.dag_id] = {outlet.name for task in dag.tasks for outlet in task.outlets}
    for source in (dag_id for dag_id in bag.dags if dag_id.startswith("source.")):
        reached, assets = {source}, set(emits[source])
        while new := {dag_id for dag_id, needs in starts.items() if needs & assets} - reached:
            reached |= new
            assets |= set().union(*(emits[dag_id] for dag_id in new))
        assert reached - {source, "source.reading", "posts.reported"} == {"collision", "alert", "mart", "dashboard"}


def test_any_single_data_set_starts_the_models(bag: Any) -> None:
    """A list of assets would wait for all of them."""
    condition = bag.dags["collision"].schedule
    assert type(condition).__name__ == "AssetAny"
    assert {asset.name for asset in condition.objects} == {f"silver.{name}" for name in content.units("sources")}


def test_work_is_ordered_so_that_a_small_machine_makes_one_full_pass(bag: Any) -> None:
    weight = {dag.tags.copy().pop(): task.priority_weight for dag in bag.dags.values() for task in dag.tasks}
    assert weight["source"] > weight["collision"] > weight["alert"] > weight["mart"] > weight["dashboard"]
