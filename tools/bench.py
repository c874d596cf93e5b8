"""Time the stages of an experiment on MovieLens 1M: a table of stage, seconds and peak memory.

    python tools/bench.py                    all stages
    python tools/bench.py --only fit         the stages whose name holds a word
    python tools/bench.py --reference FILE   the whole run beside the reference notebook's own cells (its text), in pairs
    python tools/bench.py --movies 10000     the next item and the blend on made-up catalogues of so many movies, 50 ratings each

Each stage runs in a process of its own. Seconds are the median of five calls after one to warm up; whole commands are
timed as they are. Peak memory is that of the whole process. Compare only within one table: the machine's load shows.
"""
import argparse
import ast
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import movielens_recs as mr

RAW = mr.data_dir() / "raw" / "ml-1m"
THREE = "popularity,item-knn,als"
LAST_REFERENCE_CELL = 29  # data, split, three models and their metrics; then it starts to tune


def _split():
    return mr.split_last_n(mr.load("ml-1m"))


def split():
    data = mr.load("ml-1m")
    return lambda: mr.split_last_n(data)


def matrix():
    train = _split().train
    return lambda: mr.Dataset(train.ratings).matrix


def fit(name):
    train = _split().train.matrix
    return lambda: mr.MODELS[name]().fit(train)


def recommend(name, later=False):
    train = _split().train.matrix
    model = mr.MODELS[name]().fit(train)
    at = float(train.ends.max()) + 86_400 if later else None
    return lambda: model.recommend(k=20, at=at)


def one_user(name):
    train = _split().train.matrix
    model = mr.MODELS[name]().fit(train)
    user = train.user_ids[[100]]
    return lambda: [model.recommend(user, k=20) for _ in range(100)]


def metrics():
    parts = _split()
    lists = mr.ALS().fit(parts.train).recommend(k=20)
    return lambda: mr.evaluate(lists, parts.test, (1, 5, 10, 20))


def reasons():
    parts = _split()
    model = mr.ALS().fit(parts.train)
    lists = model.recommend(k=10)
    return lambda: mr.explain(model, lists)


def tune():
    parts = _split()
    return lambda: mr.tune(parts, mr.ALS(), n_trials=30, storage="memory")


def compare():
    parts = _split()
    return lambda: mr.compare([model() for model in mr.MODELS.values()], parts)


def stages() -> dict:
    "Name every stage, in the order of the work."
    table = {"load the prepared tables": lambda: lambda: mr.load("ml-1m"), "split": split, "matrix of train": matrix}
    table |= {f"fit {name}": lambda name=name: fit(name) for name in mr.MODELS}
    table |= {f"recommend 20 to all, {name}": lambda name=name: recommend(name) for name in mr.MODELS}
    table["recommend 20 to all a day later, blend"] = lambda: recommend("blend", True)
    table |= {f"recommend to one user a hundred times, {name}": lambda name=name: one_user(name) for name in ("ease", "blend")}
    return table | {"all metrics at 1, 5, 10, 20, with intervals": metrics, "reasons of als for every movie": reasons,
                    "a leaderboard of all models": compare, "tune, 30 trials of als' wide space": tune}


ONCE = ("tune", "a leaderboard", "fit blend")


def time_stage(stage: str) -> None:
    "Print the seconds of a stage's calls and this process' peak memory in MB."
    call = stages()[stage]()
    once = stage.startswith(ONCE)
    if not once:
        call()
    seconds = []
    for _ in range(1 if once else 5):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def time_process(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    "Run a command and return its seconds and its peak memory in MB."
    start = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def time_run() -> tuple[float, float]:
    "Time the command from raw files to report; return seconds and MB."
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "movielens_recs", "run", "--dataset", "ml-1m", "--source", str(RAW.resolve()),
                   "--models", THREE]
        found = time_process(command, {"MOVIELENS_RECS_DATA": folder})
        if not (Path(folder) / "models" / "report.html").is_file():
            sys.exit("the run left no report")
        return found


def reference_cells(text: str) -> dict[int, list[ast.stmt]]:
    "Take the statements out of the reference notebook's text, whose outputs stand below their cells."
    cells = {}
    for cell in re.split(r"^In \[(?=\d+\]:)", text, flags=re.MULTILINE)[1:]:
        number, _, body = cell.partition("]:\n")
        lines = body.splitlines()
        for length in range(len(lines), 0, -1):
            try:
                tree = ast.parse("\n".join(lines[:length]))
            except SyntaxError:
                continue
            break
        runs = (ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef, ast.Assert, ast.For)
        calls = [one for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)
                 and isinstance(one.value.func, ast.Name | ast.Attribute)]
        cells[int(number)] = [one for one in tree.body if isinstance(one, runs) or one in calls]
    return cells


def run_reference(path: str) -> None:
    "Run the reference notebook's cells on the prepared tables, in a folder laid out as it expects."
    helper = types.ModuleType("metrics")
    helper.evaluate_all = None  # imported there, used only after the last cell that runs here
    sys.modules["metrics"] = helper
    cells, space = reference_cells(Path(path).read_text(encoding="utf-8")), {}
    statements = [one for number, cell in cells.items() if 1 <= number <= LAST_REFERENCE_CELL for one in cell]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "nbs").mkdir()
        (Path(folder) / "data").mkdir()
        (Path(folder) / "data" / "interim").symlink_to((mr.data_dir() / "interim" / "ml-1m").resolve())
        os.chdir(Path(folder) / "nbs")
        exec(compile(ast.Module(statements, type_ignores=[]), "reference", "exec"), space)
        os.chdir("/")
    if abs(space["recall10_knn"] - 0.06281289) > 1e-6:
        sys.exit("these are not the reference notebook's cells: its item-kNN has another recall@10")


def compare_with_reference(path: str, pairs: int = 3) -> None:
    "Print the run's seconds and memory beside the reference notebook's, pair by pair."
    time_run()
    print(f"{'pair':<6}{'reference s':>12}{'ours s':>9}{'ratio':>8}{'reference MB':>14}{'ours MB':>9}")
    ratios = []
    for pair in range(1, pairs + 1):
        theirs, their_memory = time_process([sys.executable, __file__, "--run-reference", str(Path(path).resolve())], {})
        ours, our_memory = time_run()
        ratios.append(ours / theirs)
        print(f"{pair:<6}{theirs:>12.2f}{ours:>9.2f}{ratios[-1]:>8.3f}{their_memory:>14.0f}{our_memory:>9.0f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.3f}")


def made_up(n_movies: int, n_ratings: int) -> mr.Dataset:
    "Make up ratings: everybody moves among a few of the groups of a hundred movies, some of which are rated most."
    import numpy as np
    import pandas as pd
    rng, each = np.random.default_rng(0), 25
    user = np.repeat(np.arange(n_ratings // each), each)
    group = rng.integers(0, n_movies // 100, (n_ratings // each, 3))[user, rng.integers(0, 3, len(user))]
    movie = 100 * group + (100 * rng.random(len(user)) ** 3).astype(int)
    seconds = np.tile(np.where(np.arange(each) % 10, 60, 86_400).cumsum(), n_ratings // each)
    table = pd.DataFrame({"user_id": user, "movie_id": movie, "rating": rng.integers(2, 6, len(user)), "timestamp": seconds})
    return mr.Dataset(table.drop_duplicates(["user_id", "movie_id"], ignore_index=True))


def time_movies(n_movies: int) -> None:
    "Time the next item and the blend on a made-up catalogue of so many movies: a line each."
    data = made_up(n_movies, 50 * n_movies)
    for name in ("next-item", "blend"):
        model = None  # the one before makes room
        start = time.perf_counter()
        model = mr.MODELS[name]().fit(data)
        fitted = time.perf_counter()
        for user in data.user_ids[:20]:
            model.recommend([user], k=10)
        one = (time.perf_counter() - fitted) / 20
        some = data.user_ids[:2000]
        begun = time.perf_counter()
        model.recommend(some, k=10)
        lists = time.perf_counter() - begun
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{n_movies:>9,}{len(data.ratings):>12,}  {name:<11}{fitted - start:>9.1f}{1000 * one:>16.1f}"
              f"{1000 * lists / len(some):>16.2f}{memory:>9.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a word of the stages to time")
    parser.add_argument("--reference", help="the text of the reference notebook")
    parser.add_argument("--movies", type=int, help="how many movies to make up")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--run-reference", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.movies:
        print(f"{'movies':>9}{'ratings':>12}  {'model':<11}{'fit s':>9}{'one list, ms':>16}{'of many, ms':>16}{'peak MB':>9}")
        return time_movies(asked.movies)
    if asked.stage:
        return time_stage(asked.stage)
    if asked.run_reference:
        return run_reference(asked.run_reference)
    if not RAW.is_dir():
        sys.exit("MovieLens 1M is not there; first: movielens-recs prepare --dataset ml-1m")
    if asked.reference:
        return compare_with_reference(asked.reference)
    print(f"{'stage':<50}{'median s':>10}{'min s':>8}{'max s':>8}{'peak MB':>9}")
    for stage in stages():
        if asked.only in stage:
            command = [sys.executable, __file__, "--stage", stage]
            answer = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            seconds, memory = json.loads(answer)
            print(f"{stage:<50}{statistics.median(seconds):>10.3f}{min(seconds):>8.3f}{max(seconds):>8.3f}{memory:>9.0f}",
                  flush=True)


if __name__ == "__main__":
    main()
