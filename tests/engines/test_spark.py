"""The Spark engine gives what the local flow gives, also when a worker dies on the way."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from tidewaiter.engines.results import from_rows, to_rows
from tidewaiter.runtime.flow import assess_batch, make_flow
from tidewaiter.simulate.config import Config
from tidewaiter.simulate.world import generate
from tidewaiter.vocabulary.batch import Batch

pyspark = pytest.importorskip("pyspark", reason="the spark extra is not installed")
if shutil.which("java") is None:
    pytest.skip("no Java on this machine: Spark cannot run", allow_module_level=True)

from tidewaiter.engines import spark  # noqa: E402 - after the skip

SRC = str(Path(__file__).resolve().parents[2] / "src")
ON = dt.date(2026, 11, 24)
PARCELS = 100_000
START_SECONDS_MAX = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A standalone master and two workers on loopback, each in a process group of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.start("master.Master", "--port", str(self.port), "--webui-port", str(free_port()))
        self.workers = [self.worker(), self.worker()]

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start(
            "worker.Worker",
            "--cores",
            "1",
            "--memory",
            "2g",
            "--webui-port",
            str(free_port()),
            self.url,
        )

    @property
    def url(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def start(self, name: str, *args: str) -> subprocess.Popen[bytes]:
        tool = Path(pyspark.__file__).parent / "bin" / "spark-class"
        environment = {
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": SRC,
            "POLARS_MAX_THREADS": "1",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_WORKER_DIR": str(self.folder / "work"),
        }
        log = (self.folder / f"{name}-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [str(tool), f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", *args],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def kill_a_worker(self) -> None:
        os.killpg(self.workers[0].pid, signal.SIGKILL)

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[object, Cluster]]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = pyspark.sql.SparkSession.builder.master(cluster.url)
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "1g",
        "spark.executorEnv.PYTHONPATH": SRC,
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.log.level": "ERROR",
    }.items():
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    yield made, cluster
    made.stop()
    cluster.stop()


@pytest.fixture(scope="module")
def world() -> Batch:
    return generate(Config(seed=5, parcels=PARCELS)).batches["order"]


@pytest.fixture(scope="module")
def lake(world: Batch, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("lake")
    ids = world.contributions["contribution_id"]
    for part in range(4):
        kept = ids.gather_every(4, part).implode()
        spark.write_lake(
            world.with_frames(
                **{
                    name: frame.filter(pl.col("contribution_id").is_in(kept))
                    for name, frame in world.frames().items()
                    if "contribution_id" in frame.columns
                }
            ),
            str(folder),
            part=part,
        )
    return str(folder)


@pytest.fixture(scope="module")
def local(world: Batch) -> Batch:
    done = assess_batch(world, make_flow("AE", ON).knowledge, on=ON)
    return from_rows(to_rows(done))


def results(folder: Path) -> Batch:
    return from_rows(pl.read_parquet(folder / "*.parquet"))


def assert_same(one: Batch, two: Batch) -> None:
    for name, frame in one.frames().items():
        other = getattr(two, name)
        order = [c for c in frame.columns if not isinstance(frame.schema[c], pl.List)]
        assert frame.height == other.height, name
        assert frame.sort(order).equals(other.sort(order)), name


@pytest.mark.requirement("X1")
@pytest.mark.partly("the engines agree; the figure of the whole flow is in bench/")
def test_spark_gives_what_local_gives(
    session: tuple, lake: str, local: Batch, tmp_path: Path
) -> None:
    made, _ = session
    read = spark.run(
        made, lake, partial(make_flow, "AE", ON), str(tmp_path / "out"), batch_rows_max=PARCELS // 8
    )
    assert read == PARCELS
    assert_same(local, results(tmp_path / "out"))


@pytest.mark.requirement("X3")
@pytest.mark.partly(
    "a lost worker of the cluster; overload and restart of the service are not there"
)
def test_a_killed_worker_changes_nothing(
    session: tuple, lake: str, local: Batch, tmp_path: Path
) -> None:
    made, cluster = session
    struck: list[str] = []

    def strike() -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        tracker = made.sparkContext.statusTracker()
        while time.monotonic() < deadline:
            for stage in tracker.getActiveStageIds():
                info = tracker.getStageInfo(stage)
                if info and info.numTasks > 4 and info.numCompletedTasks >= 1:
                    cluster.kill_a_worker()
                    struck.append(f"stage {stage}: {info.numCompletedTasks} of {info.numTasks}")
                    return
            time.sleep(0.05)

    watcher = threading.Thread(target=strike)
    watcher.start()
    spark.run(
        made, lake, partial(make_flow, "AE", ON), str(tmp_path / "out"), batch_rows_max=PARCELS // 8
    )
    watcher.join()
    assert struck, "no worker was killed while tasks were running: the test proved nothing"
    assert_same(local, results(tmp_path / "out"))
