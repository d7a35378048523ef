"""Which services start, in which order, and what they are told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jiandu.errors import SetupError
from jiandu.services import catalog, environment, places, secrets
from jiandu.services.service import Program
from jiandu.services.supervisor import Supervisor
from jiandu.settings import PORTS, Settings


def test_what_a_service_needs_comes_along() -> None:
    assert catalog.chosen(["connect"], with_demo=False) == ["kafka", "connect"]
    assert catalog.chosen(["superset"], with_demo=False) == ["postgres", "superset"]
    assert catalog.depth("stream") > catalog.depth("connect") > catalog.depth("kafka") == 0


def test_the_demos_own_services_start_only_when_asked_for() -> None:
    plain, demo = catalog.chosen(None, with_demo=False), catalog.chosen(None, with_demo=True)
    assert {"postgres", "kafka", "connect", "spark", "airflow", "superset", "desk"} == set(plain)
    assert set(demo) - set(plain) == {"receivers", "stream", "live", "behaviour", "site", "takeaway", "forum"}


def test_an_engine_of_the_provinces_own_is_not_started(home: Settings) -> None:
    config = home.model_copy(update={"kafka_bootstrap": "kafka1:9092", "spark_remote": "sc://spark:15002"})
    assert catalog.ours(catalog.chosen(["connect", "spark"], with_demo=False), config) == ["connect"]


def test_every_port_belongs_to_one_service() -> None:
    claimed = [name for service in catalog.SERVICES.values() for name in service.ports]
    assert sorted(claimed) == sorted(PORTS)
    assert len(set(PORTS.values())) == len(PORTS)


def test_programs_belong_to_their_service_by_name(own: Settings) -> None:
    from jiandu.services.status import belongs

    places.prepare_home(own)
    secrets.ensure(own)
    for name in catalog.SERVICES:
        for _, program in catalog.programs([name], own):
            assert [other for other in catalog.SERVICES if belongs(program.name, other)] == [name]


def test_children_read_the_settings_they_were_started_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = Settings(home=Path("somewhere"), content=[tmp_path / "a b"], mail_from="监督@yunze.example", port_base=23400)
    told = environment.variables(config)
    assert json.loads(told["JIANDU_CONTENT"]) == [str(tmp_path / "a b")]
    for name in Settings.model_fields:
        monkeypatch.delenv(f"JIANDU_{name.upper()}", raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert Settings() == config.model_copy(update={"home": Path("somewhere").resolve()})


def test_a_programs_words_reach_it_unchanged(own: Settings) -> None:
    places.prepare_home(own)
    supervisor = Supervisor(own)
    output = own.home / "said.txt"
    words = ["100 %", "a'b", 'c"d', "$HOME", "；", "a,b=c"]
    program = Program("echo", ["/usr/bin/env", "python3", "-c", "import os,sys; open(sys.argv[1],'w').write(repr((sys.argv[2:], os.environ['WORD'])))",
                               str(output), *words], {"WORD": "a,b=50%;c"})
    supervisor.configure([(10, program)])
    assert (supervisor.run / "supervisord.conf").stat().st_mode & 0o777 == 0o600, "programs' passwords stand in it"
    supervisor.start()
    supervisor.call("startProcess", "echo", False)
    for _ in range(100):
        if output.exists() and output.read_text():
            break
        supervisor.call("getState")
        import time

        time.sleep(0.1)
    assert output.read_text() == repr((words, "a,b=50%;c"))


def test_batch_work_gives_way_to_the_stream_and_to_people(own: Settings) -> None:
    places.prepare_home(own)
    secrets.ensure(own)
    nice = {program.name: program.nice for _, program in catalog.programs(list(catalog.SERVICES), own)}
    yielding = {name for name, value in nice.items() if value}
    assert {"spark", "airflow-scheduler"} <= yielding
    assert nice.keys() - yielding >= {"postgres", "kafka", "live", "live-alerts", "superset", "desk", "airflow-api"}
    supervisor = Supervisor(own)
    supervisor.configure([(10, Program("nap", ["/usr/bin/env", "sleep", "60"], nice=7))])
    supervisor.start()
    supervisor.call("startProcess", "nap", True)
    assert os.getpriority(os.PRIO_PROCESS, supervisor.states()["nap"]["pid"]) == 7


def test_a_variable_the_supervisor_cannot_hold_is_refused(own: Settings) -> None:
    places.prepare_home(own)
    with pytest.raises(ValueError, match="quotes"):
        Supervisor(own).configure([(10, Program("bad", ["true"], {"WORD": 'say "no"'}))])


def test_an_unknown_service_is_an_error() -> None:
    with pytest.raises(SetupError, match="oracle"):
        catalog.chosen(["oracle"], with_demo=False)
