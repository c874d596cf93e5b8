"""Time what grows with the ratings, engine by engine: seconds, peak memory, and the exponent of growth.

    python tools/scale.py                                   1 and 5 million made-up ratings, every engine
    python tools/scale.py --ratings 1_000_000 32_000_000    other sizes
    python tools/scale.py --engines memory,duckdb --only popularity
    python tools/scale.py --reference FILE                  the reference notebook's own loops (its text), beside them
    python tools/scale.py --output nbs/scale.csv            keep the figures, for the page Size and cost

Each stage runs once, in a process of its own, with what it needs made ready before. Seconds are those of the clock.
Peak memory is that of the process, libraries and input included, and of the processes that it starts. Models are asked
for ten movies for everybody, which are judged: seconds of a model cover fit, lists and metrics. The machine's load shows
in every figure, so compare only within one table.
"""
import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from bench import run_cells

PARAMS = {"als": {"factors": 64, "iterations": 10}}
ENGINES = {
    "memory": ("generate", "read", "validate", "split", "check the split", "matrix", "files to matrix",
               "popularity", "item-knn", "als", "ease", "files to popularity"),
    "duckdb": ("prepare", "files to popularity"),
    "spark": ("start", "files to split", "als", "ease", "files to popularity"),
    "reference": ("popularity", "item-knn", "als"),
}
LARGEST = {"reference": 5_000_000}  # its loops look at every rating for every user


def _make(name: str):
    from movielens_recs.models import make_model
    return make_model(name, **PARAMS.get(name, {}))


def _judge(lists, parts) -> None:
    from movielens_recs.metrics import evaluate
    evaluate(lists, parts.test, (10,))


def in_memory(stage: str, folder: Path):
    "Make ready what a stage in memory needs, and return the stage."
    from movielens_recs.any_size import write_any_size
    from movielens_recs.data import read_raw, validate
    from movielens_recs.recommend import to_interactions
    from movielens_recs.split import check_split, temporal_split
    if stage == "generate":
        return lambda: write_any_size(folder, int(folder.name))

    def read():
        return validate(read_raw(folder, "made-up"))

    def split():
        parts = temporal_split(read().ratings)
        check_split(parts)
        return parts

    def judge(name, parts, train):
        _judge(_make(name).fit(train).recommend(k=10), parts)

    def popularity():
        parts = split()
        judge("popularity", parts, to_interactions(parts.train))

    if stage == "read":
        return lambda: read_raw(folder, "made-up")
    if stage == "files to matrix":
        return lambda: to_interactions(split().train)
    if stage == "files to popularity":
        return popularity
    if stage in ("validate", "split"):
        dataset = read_raw(folder, "made-up")
        return lambda: validate(dataset) if stage == "validate" else temporal_split(dataset.ratings)
    parts = temporal_split(read_raw(folder, "made-up").ratings)
    if stage == "check the split":
        return lambda: check_split(parts)
    if stage == "matrix":
        return lambda: to_interactions(parts.train)
    train = to_interactions(parts.train)
    return lambda: judge(stage, parts, train)


def in_duckdb(stage: str, folder: Path):
    "Return a stage in a database that holds 1 GB at most."
    from movielens_recs import large
    place = tempfile.mkdtemp(dir=folder.parent)
    os.environ["MOVIELENS_RECS_DATA"] = place
    if stage == "prepare":
        return lambda: large.prepare_large("made-up", folder)

    def popularity():
        with closing(large.open_database(Path(place) / "ratings.db", "1GB")) as con:
            large.read_into(con, folder)
            large.split_into(con, {"name": "temporal_split"})
            large.rank_into(con, 10)
            large.evaluate_in_blocks(large.asking(con), (10,))
    return popularity


def in_spark(stage: str, folder: Path):
    "Make ready what a stage on two cores of Spark needs, and return the stage."
    from movielens_recs.spark import SparkEngine, start_spark
    if stage == "start":
        return lambda: start_spark("local[2]").range(1).count()
    session = start_spark("local[2]", memory="8g")
    session.range(1).count()

    def split():
        kinds = "user_id int, movie_id int, rating float, timestamp bigint"
        ratings = session.read.csv(str(folder / "ratings.csv"), schema=kinds, header=True)
        engine = SparkEngine(session, ratings)
        return engine, engine.split({"name": "temporal_split"})

    def judge(name, engine, parts):
        _judge(engine.recommend(engine.fit(_make(name))), parts)

    if stage == "files to split":
        return split
    if stage == "files to popularity":
        return lambda: judge("popularity", *split())
    engine, parts = split()
    return lambda: judge(stage, engine, parts)


def in_reference(stage: str, folder: Path, text: str):
    "Return the reference notebook's cells of one model, the cells before it run."
    from movielens_recs.large import prepare_large
    os.environ["MOVIELENS_RECS_DATA"] = tempfile.mkdtemp(dir=folder.parent)
    prepare_large("made-up", folder)
    first, last = {"popularity": (1, 16), "item-knn": (17, 20), "als": (21, 29)}[stage]
    space = run_cells(text, "made-up", first=1, last=first - 1)
    return lambda: run_cells(text, "made-up", first, last, space)


def _resident(pid: str, field: str = "Pss") -> int:  # kB
    "Read a process' memory; 0 where it is gone."
    try:
        return int(re.search(rf"^{field}:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])
    except (OSError, TypeError):
        return 0


def _children(pid: str) -> list[str]:
    "List the processes that a process started, and theirs."
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        found = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return found + [below for child in found for below in _children(child)]


class Watch(threading.Thread):
    "See how much memory the processes take that this one starts, at most."
    def __init__(self):
        super().__init__(daemon=True)
        self.peak = 0
        self.start()

    def run(self):
        while True:
            self.peak = max(self.peak, sum(map(_resident, _children(str(os.getpid())))))
            time.sleep(0.25)


def time_stage(engine: str, stage: str, folder: Path, text: str) -> None:
    "Print the seconds of one call, and the peak memory during it in MB."
    make = {"memory": in_memory, "duckdb": in_duckdb, "spark": in_spark}.get(engine)
    call = make(stage, folder) if make else in_reference(stage, folder, text)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    watch = Watch()
    start = time.perf_counter()
    try:
        call()
        seconds = time.perf_counter() - start
    except MemoryError as error:
        print(error, file=sys.stderr)
        seconds = math.nan
    own = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps([seconds, (int(own[1]) + watch.peak) / 1024]))


def time_all(sizes: list[int], engines: list[str], only: str, text: str, output: Path | None) -> None:
    "Print a row a stage, with the exponent of its growth since the size before, and keep them."
    print(f"{'ratings':>12}  {'engine':<10}{'stage':<22}{'s':>9}{'peak MB':>9}{'grows as n^':>13}")
    rows = ["ratings,engine,stage,seconds,peak_mb"]
    before = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            raw = Path(place) / str(size)
            for engine, stage in [(engine, stage) for engine in engines for stage in ENGINES[engine]]:
                if size > LARGEST.get(engine, size) or only not in stage and stage != "generate":
                    continue
                command = [sys.executable, __file__, "--stage", engine, stage, str(raw), "--reference", text]
                seconds, memory = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()[-1])
                growth = ""
                if (engine, stage) in before:
                    n_before, seconds_before = before[engine, stage]
                    growth = f"{math.log(seconds / seconds_before) / math.log(size / n_before):.2f}"
                before[engine, stage] = size, seconds
                print(f"{size:>12,}  {engine:<10}{stage:<22}{seconds:>9.2f}{memory:>9.0f}{growth:>13}", flush=True)
                rows.append(f"{size},{engine},{stage},{seconds:.2f},{memory:.0f}")
                if output:
                    output.write_text("\n".join(rows) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=int, nargs="+", default=[1_000_000, 5_000_000], help="sizes, growing")
    parser.add_argument("--engines", default="memory,duckdb,spark", help=f"of {', '.join(ENGINES)}, by commas")
    parser.add_argument("--only", default="", help="a word of the stages to time")
    parser.add_argument("--reference", default="", help="the text of the reference notebook")
    parser.add_argument("--output", type=Path, help="a file of the figures, CSV")
    parser.add_argument("--stage", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    text = asked.reference and str(Path(asked.reference).resolve())
    if asked.stage:
        engine, stage, folder = asked.stage
        return time_stage(engine, stage, Path(folder), text)
    engines = ["memory"] * ("memory" not in asked.engines) + asked.engines.split(",")
    time_all(asked.ratings, engines + ["reference"] * bool(text), asked.only, text, asked.output)


if __name__ == "__main__":
    main()
