"""Time the stages of the study on MovieLens 1M: `python tools/bench.py`, a table of stage, seconds and peak memory.

Each stage runs in a process of its own; seconds are the median of five runs after one to warm up, of three whole runs,
and of one search. Peak memory is the whole process', libraries and input included. Times compare only within one table.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from movielens_recs.data import data_dir

RAW = data_dir() / "raw" / "ml-1m"
NAMES = ("popularity", "item-knn", "als", "ease", "slit", "blend")


def _split():
    from movielens_recs.data import load_dataset
    from movielens_recs.split import temporal_split
    return temporal_split(load_dataset("ml-1m").ratings)


def _model(name):
    from movielens_recs.export import MODELS
    return MODELS[name]()


def parse():
    from movielens_recs.data import read_ratings
    return lambda: read_ratings(RAW)


def load():
    from movielens_recs.data import load_dataset
    return lambda: load_dataset("ml-1m")


def split():
    from movielens_recs.data import load_dataset
    from movielens_recs.split import temporal_split
    ratings = load_dataset("ml-1m").ratings
    return lambda: temporal_split(ratings)


def fit(name):
    train = _split().train
    return lambda: _model(name).fit(train)


def recommend(name):
    model = _model(name).fit(_split().train)
    return lambda: model.recommend(k=20)


def metrics():
    from movielens_recs.metrics import evaluate
    parts = _split()
    recs = _model("als").fit(parts.train).recommend(k=20)
    return lambda: evaluate(recs, parts.test, (1, 5, 10, 20))


def tune():
    from movielens_recs.tune import tune as search
    parts = _split()
    return lambda: search(parts, "wide", n_trials=30, storage="memory", progress=False)


def diagnose(explained):
    from movielens_recs import diagnostics as d
    from movielens_recs.data import load_dataset
    from movielens_recs.metrics import bootstrap_by_group
    data, parts = load_dataset("ml-1m"), _split()
    model = _model("als").fit(parts.train)

    def call():
        recs = model.recommend(k=10)
        d.check_unseen(recs, parts.train)
        recall = d.per_user_recall(recs, parts.train, parts.test).set_index("user_id")["recall"]
        groups = [d.activity_bucket(parts.train, count)["bucket"] for count in d.EDGES]
        groups += [group for _, group in d.describe_users(data.users).items()]
        for group in groups:
            bootstrap_by_group(recall, group)
        d.recall_by_popularity(recs, parts.train, parts.test)
        d.trade_offs({"als": recs}, parts.train, parts.test, len(data.movies))
        if explained:
            d.explain(model, recs)
    return call


def export():
    from movielens_recs.export import export_bundle
    model = _model("als").fit(_split().train)

    def call():
        with tempfile.TemporaryDirectory() as folder:
            export_bundle(model, Path(folder) / "bundle", {"name": "ml-1m", "n_train": 0, "fingerprint": ""}, k=20)
    return call


def leaderboard():
    from movielens_recs.compare import compare, paired_tests
    parts = _split()

    def call():
        from movielens_recs.export import MODELS
        table, per_user = compare({name: model() for name, model in MODELS.items()}, parts, 3883)
        paired_tests(per_user)
    return call


def resample():
    import numpy as np
    import pandas as pd
    from movielens_recs.metrics import bootstrap
    figures = pd.DataFrame(np.random.default_rng(0).random((5553, 12)))
    return lambda: bootstrap(figures)


STAGES = {
    "parse ratings.dat": parse, "load the prepared tables": load, "split": split,
} | {f"fit {name}": lambda name=name: fit(name) for name in NAMES} | {
    f"recommend 20 to all, {name}": lambda name=name: recommend(name) for name in NAMES} | {
    "all metrics at 1, 5, 10, 20": metrics,
    "diagnostics of als, all users": lambda: diagnose(False),
    "the same, with reasons for all 60,380": lambda: diagnose(True),
    "2,000 resamples, six models, two metrics": resample,
    "the leaderboard: six models, intervals, tests": leaderboard,
    "export top 20 of all users and movies": export, "tune, 30 trials of the wide space": tune,
}
ONCE = {"tune, 30 trials of the wide space", "the leaderboard: six models, intervals, tests"}


def time_stage(stage: str) -> None:
    "Print the seconds of five calls and this process' peak memory in MB."
    call = STAGES[stage]()
    if stage not in ONCE: call()
    seconds = []
    for _ in range(1 if stage in ONCE else 5):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def time_run() -> tuple[list[float], float]:
    "Time the whole command, from the raw files to saved models, and its peak memory in MB."
    seconds = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", "from movielens_recs.cli import main; main()", "run", "--dataset", "ml-1m", "--source", str(RAW.resolve()),
                       "--models", "popularity,item-knn,als"]
            start = time.perf_counter()
            subprocess.run(command, env=os.environ | {"MOVIELENS_RECS_DATA": folder}, stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - start)
            if not (Path(folder) / "models" / "metrics.json").is_file(): sys.exit("the run left no metrics.json")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    if len(sys.argv) > 1: return time_stage(sys.argv[1])
    if not RAW.is_dir(): sys.exit("MovieLens 1M is not there; first: movielens-recs prepare --dataset ml-1m")
    print(f"{'stage':<46}{'median s':>10}{'min s':>8}{'max s':>8}{'peak MB':>9}")
    results = {"the whole run, three models": time_run}
    results |= {stage: lambda stage=stage: json.loads(subprocess.run([sys.executable, __file__, stage], stdout=subprocess.PIPE, check=True).stdout)
                for stage in STAGES}
    for stage, measure in results.items():
        seconds, memory = measure()
        print(f"{stage:<46}{statistics.median(seconds):>10.3f}{min(seconds):>8.3f}{max(seconds):>8.3f}{memory:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
