"""Pictures read by processes of their own, apart from any crawler: one thread each, and a picture that kills its process takes nobody with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

Read = tuple[str, dict[str, Any]]
FRESH_AFTER = 200
"""Pictures after which a worker is replaced, so that its memory stays that of its first pictures (about 0.8 GB)."""
FAILURES = (cv2.error, ArithmeticError, LookupError, ValueError, RuntimeError, MemoryError)
"""What a defect of ours or of a library raises: it costs this picture, is kept as its reason, and the rest goes on."""
KILLED = "识别进程被该图片中断（可能是构造的恶意文件）"


def read_file(path: str) -> dict[str, Any]:
    """The reading of the picture in a file, in this process."""
    from jiandu.licence.reading import Reading, read_licence

    try:
        content = Path(path).read_bytes()
    except OSError as error:
        return Reading(reason=f"文件打不开（{error.strerror}）").as_dict()
    try:
        return read_licence(content).as_dict()
    except FAILURES as error:
        return Reading(reason=f"识别程序出错（{type(error).__name__}: {error}），请报告").as_dict()


def read_all(pictures: Mapping[str, Path], workers: int = 0) -> Iterator[Read]:
    """Each picture's reading under its name, in their order, as soon as it is there. ``workers``: processes; 0: one a core, at most one a picture."""
    left = dict(pictures)
    wanted = min(workers or os.cpu_count() or 1, len(left))
    if len(left) < 2:
        for name, path in left.items():
            yield name, read_file(str(path))
        return
    try:
        for name, reading in _round(left, wanted):
            del left[name]
            yield name, reading
    except BrokenProcessPool:
        # Some picture killed its process. Alone, each shows whether it was the one.
        for name, path in left.items():
            yield name, _alone(path)


def _round(pictures: Mapping[str, Path], workers: int) -> Iterator[Read]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=FRESH_AFTER) as pool:
        running = {pool.submit(read_file, str(path)): name for name, path in pictures.items()}
        for done, name in running.items():
            yield name, done.result()


def _alone(path: Path) -> dict[str, Any]:
    from jiandu.licence.reading import Reading

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(read_file, str(path)).result()
        except BrokenProcessPool:
            return Reading(reason=KILLED).as_dict()
