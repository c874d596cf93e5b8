"""Time the stages of the study on MovieLens 1M: a table of stage, seconds and peak memory.

    python tools/bench.py                       all stages
    python tools/bench.py --only fit            the stages whose name holds a word
    python tools/bench.py --only scale          generated ratings, growing: --ratings 1_000_000 5_000_000 32_000_000
    python tools/bench.py --reference FILE      the whole run beside the reference notebook's own cells (its text), in pairs

Each stage runs in a process of its own. Seconds are the median of five calls after one to warm up; whole commands and
searches are timed as they are. Peak memory is that of the whole process, libraries and input included. The machine's
load shows in every figure, so compare only within one table.
"""
import argparse
import ast
import json
import math
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import types
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from movielens_recs.data import data_dir

RAW = data_dir() / "raw" / "ml-1m"
INTERIM = data_dir() / "interim" / "ml-1m"
THREE = "popularity,item-knn,als"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LAST_REFERENCE_CELL = 29  # data, split, three models and their metrics; then it starts to tune


def _data():
    from movielens_recs.data import load_dataset
    from movielens_recs.split import temporal_split
    data = load_dataset("ml-1m")
    return data, temporal_split(data.ratings)


def _fitted(name):
    from movielens_recs.models import make_model
    data, parts = _data()
    return make_model(name).fit(parts.train), data, parts


def parse():
    from movielens_recs.data import read_ratings
    return lambda: read_ratings(RAW)


def load():
    from movielens_recs.data import load_dataset
    return lambda: load_dataset("ml-1m")


def split():
    from movielens_recs.split import temporal_split
    data, _ = _data()
    return lambda: temporal_split(data.ratings)


def matrix():
    from movielens_recs.recommend import to_interactions
    _, parts = _data()
    return lambda: to_interactions(parts.train)


def fit(name):
    from movielens_recs.models import make_model
    from movielens_recs.recommend import to_interactions
    train = to_interactions(_data()[1].train)
    return lambda: make_model(name).fit(train)


def recommend(name):
    model, _, _ = _fitted(name)
    return lambda: model.recommend(k=20)


def recommend_later(name):
    model, _, parts = _fitted(name)
    ends = parts.train.groupby("user_id")["timestamp"].max()
    return lambda: model.recommend(k=20, at=ends + 86_400)


def metrics():
    from movielens_recs.metrics import evaluate
    model, _, parts = _fitted("als")
    recs = model.recommend(k=20)
    return lambda: evaluate(recs, parts.test, (1, 5, 10, 20))


def tune():
    from movielens_recs.tune import tune as search
    _, parts = _data()
    return lambda: search(parts, n_trials=30, storage="memory", progress=False)


def diagnose(explained):
    from movielens_recs import diagnostics
    from movielens_recs.explain import explain
    from movielens_recs.metrics import bootstrap_by_group, metrics_per_user
    model, data, parts = _fitted("als")

    def call():
        recs = model.recommend(k=10)
        diagnostics.check_unseen(recs, parts.train)
        recall = metrics_per_user(recs, parts.test, (10,))["recall@10"]
        groups = [diagnostics.activity_bucket(parts.train, count)["bucket"] for count in diagnostics.EDGES]
        groups += [group for _, group in diagnostics.describe_users(data.users).items()]
        for group in groups:
            bootstrap_by_group(recall, group)
        diagnostics.recall_by_popularity(recs, parts.train, parts.test)
        if explained:
            explain(model, recs)
    return call


def export():
    from movielens_recs.export import export_bundle
    model, _, parts = _fitted("als")
    facts = {"name": "ml-1m", "n_train": len(parts.train), "fingerprint": ""}

    def call():
        with tempfile.TemporaryDirectory() as folder:
            export_bundle(model, Path(folder) / "bundle", facts, k=20)
    return call


def leaderboards():
    from movielens_recs.compare import leaderboard, lists_of, measure, paired_tests
    from movielens_recs.models import MODELS, make_model
    from movielens_recs.split import global_split, request_times, return_split
    data, session = _data()
    some = data.ratings[data.ratings["user_id"] <= 2998]  # whose times are the original ones
    questions = [(session, None)]
    questions += [(parts, request_times(parts)) for parts in (return_split(some), global_split(some))]

    def call():
        for parts, at in questions:
            lists = lists_of({name: make_model(name) for name in MODELS}, parts.train, at=at)
            per_user = measure(lists, parts.test)
            leaderboard(per_user, lists, parts, len(data.movies))
            paired_tests(per_user)
    return call


def resample():
    import numpy as np
    import pandas as pd
    from movielens_recs.metrics import bootstrap
    figures = pd.DataFrame(np.random.default_rng(0).random((5553, 12)))
    return lambda: bootstrap(figures)


def report():
    from movielens_recs.models import make_model
    from movielens_recs.report import write_report
    from movielens_recs.study import open_study, run_study
    data, parts = _data()
    folder = tempfile.mkdtemp()
    run_study(data, {name: make_model(name) for name in THREE.split(",")}, parts, folder)
    return lambda: write_report(open_study(folder))


def play_study():
    from movielens_recs.models import make_model
    from movielens_recs.study import run_study
    data, parts = _data()
    return run_study(data, {"blend": make_model("blend")}, parts, tempfile.mkdtemp())


def play():
    from movielens_recs.play import write_play
    study = play_study()
    return lambda: write_play(study)


def click():
    from playwright.sync_api import sync_playwright

    from movielens_recs.play import write_play
    page = write_play(play_study())
    browser = sync_playwright().start().chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    tab = browser.new_page()
    tab.goto(page.as_uri() + "#rated=1:5,34:4,260:5,589:3,1010:2")
    tab.wait_for_selector("body[data-ready=yes]")
    stars = [3, 5] * 20
    click_and_lay_out = "selector => { document.querySelector(selector).click(); document.body.offsetHeight }"
    return lambda: tab.evaluate(click_and_lay_out, f"#rated li:last-child [aria-label^='{stars.pop()} stars']")


def stages() -> dict:
    "Name every stage, in the order of the work."
    from movielens_recs.models import MODELS
    table = {"parse ratings.dat": parse, "load the prepared tables": load, "split": split, "matrix of train": matrix}
    table |= {f"fit {name}": lambda name=name: fit(name) for name in MODELS}
    table |= {f"recommend 20 to all, {name}": lambda name=name: recommend(name) for name in MODELS}
    table["recommend 20 to all a day later, blend"] = lambda: recommend_later("blend")
    table |= {
        "all metrics at 1, 5, 10, 20": metrics,
        "diagnostics of als, all users": lambda: diagnose(False),
        "the same, with reasons for every movie": lambda: diagnose(True),
        "2,000 resamples of 12 columns": resample,
        "three leaderboards: all models, intervals, tests": leaderboards,
        "report of a study of three models": report,
        "play page of the blend": play,
        "export top 20 of all users and movies": export,
        "tune, 30 trials of als' wide space": tune,
    }
    if CHROMIUM and find_spec("playwright"):
        table["a click on the play page, lists shown"] = click
    return table


ONCE = ("tune", "three leaderboards", "fit blend")


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


def judge_at_scale(name: str, parts, train):
    "Fit a model, recommend ten movies to everybody, and judge the lists."
    from movielens_recs.metrics import coverage, evaluate, item_popularity
    from movielens_recs.models import make_model
    model = make_model(name, **SCALE_PARAMS.get(name, {}))
    recs = model.fit(train).recommend(k=10)
    evaluate(recs, parts.test, (10,))
    coverage(recs, len(train.movie_ids))
    item_popularity(parts.train)


def read_to_matrix(folder: str) -> None:
    "Read raw files, validate, split, check the split and make the matrix."
    from movielens_recs.data import read_raw, validate
    from movielens_recs.recommend import to_interactions
    from movielens_recs.split import check_split, temporal_split
    parts = temporal_split(validate(read_raw(folder, "made-up")).ratings)
    check_split(parts)
    to_interactions(parts.train)


SCALE_PARAMS = {"als": {"factors": 64, "iterations": 10}}
SCALE = ("generate", "read", "validate", "split", "check the split", "matrix", "from raw files to the matrix",
         "popularity", "item-knn", "als", "ease", "raw files to popularity, DuckDB with 1 GB")


def popularity_in_database(folder: str) -> None:
    "Read raw files, validate, split, recommend what is popular and judge it, out of core."
    from movielens_recs.large import asking, evaluate_in_blocks, open_database, rank_into, read_into, split_into
    with tempfile.TemporaryDirectory(dir=Path(folder).parent) as place, \
            closing(open_database(Path(place) / "ratings.db", "1GB")) as con:
        read_into(con, folder)
        split_into(con, {"name": "temporal_split"})
        rank_into(con, 10)
        evaluate_in_blocks(asking(con), (10,))


def scale_call(stage: str, folder: str):
    "Make ready what a stage needs, and return the stage."
    from movielens_recs.data import read_raw, validate
    from movielens_recs.recommend import to_interactions
    from movielens_recs.split import check_split, temporal_split
    if stage == "read":
        return lambda: read_raw(folder, "made-up")
    if stage == "from raw files to the matrix":
        return lambda: read_to_matrix(folder)
    if stage == SCALE[-1]:
        return lambda: popularity_in_database(folder)
    dataset = read_raw(folder, "made-up")
    if stage == "validate":
        return lambda: validate(dataset)
    if stage == "split":
        return lambda: temporal_split(dataset.ratings)
    parts = temporal_split(dataset.ratings)
    del dataset
    if stage == "check the split":
        return lambda: check_split(parts)
    if stage == "matrix":
        return lambda: to_interactions(parts.train)
    train = to_interactions(parts.train)
    return lambda: judge_at_scale(stage, parts, train)


def generate(folder: str, size: str) -> None:
    "Write made-up ratings in the raw format."
    from movielens_recs.any_size import write_any_size
    write_any_size(folder, int(size))


def time_scale_stage(stage: str, folder: str, size: str) -> None:
    "Print the seconds of one call and the peak memory during it in MB."
    call = (lambda: generate(folder, size)) if stage == "generate" else scale_call(stage, folder)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    start = time.perf_counter()
    try:
        call()
        seconds = time.perf_counter() - start
    except MemoryError as error:
        print(error, file=sys.stderr)
        seconds = math.nan
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps([seconds, int(peak[1]) / 1024]))


def time_scale(sizes: list[int]) -> None:
    "Print seconds, peak memory and the exponent of growth of each stage, size by size."
    print(f"{'ratings':>12}  {'stage':<42}{'s':>9}{'peak MB':>9}{'grows as n^':>13}")
    before = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for stage in SCALE:
                command = [sys.executable, __file__, "--scale-stage", stage, str(Path(folder) / "raw"), str(size)]
                seconds, memory = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
                growth = ""
                if stage in before:
                    n_before, seconds_before = before[stage]
                    growth = f"{math.log(seconds / seconds_before) / math.log(size / n_before):.2f}"
                before[stage] = size, seconds
                print(f"{size:>12,}  {stage:<42}{seconds:>9.2f}{memory:>9.0f}{growth:>13}", flush=True)


def time_process(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    "Run a command and return its seconds and its peak memory in MB."
    start = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def time_run() -> tuple[float, float, float]:
    "Time the command from raw files to report; return seconds, MB, and the size of the saved models in MB."
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", "from movielens_recs.cli import main; main()", "run", "--dataset", "ml-1m",
                   "--source", str(RAW.resolve()), "--models", THREE]
        seconds, memory = time_process(command, {"MOVIELENS_RECS_DATA": folder})
        made = Path(folder) / "models"
        for name in ("metrics.json", "report.html"):
            if not (made / name).is_file():
                sys.exit(f"the run left no {name}")
        return seconds, memory, sum(path.stat().st_size for path in made.glob("*.npz")) / 1e6


def reference_statements(text: str) -> list[ast.stmt]:
    "Take the statements out of the reference notebook's text, whose outputs stand below their cells."
    statements = []
    for cell in re.split(r"^In \[(?=\d+\]:)", text, flags=re.MULTILINE)[1:]:
        number, _, body = cell.partition("]:\n")
        if int(number) > LAST_REFERENCE_CELL:
            break
        lines = body.splitlines()
        for length in range(len(lines), 0, -1):
            try:
                tree = ast.parse("\n".join(lines[:length]))
            except SyntaxError:
                continue
            break
        runs = (ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef, ast.Assert, ast.For)
        calls = [one for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
        printed = [call for call in calls if not isinstance(call.value.func, ast.Name | ast.Attribute)]
        statements += [one for one in tree.body if isinstance(one, runs) or one in calls and one not in printed]
    return statements


def run_reference(path: str) -> None:
    "Run the reference notebook's cells on the prepared tables, in a folder laid out as it expects."
    helper = types.ModuleType("metrics")
    helper.evaluate_all = None  # imported there, used only after the last cell that runs here
    sys.modules["metrics"] = helper
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "nbs").mkdir()
        (Path(folder) / "data").mkdir()
        (Path(folder) / "data" / "interim").symlink_to(INTERIM.resolve())
        os.chdir(Path(folder) / "nbs")
        module = ast.Module(reference_statements(Path(path).read_text(encoding="utf-8")), type_ignores=[])
        space = {}
        exec(compile(module, "reference", "exec"), space)
        os.chdir("/")
    if abs(space["recall10_knn"] - 0.06281289) > 1e-6:
        sys.exit("these are not the reference notebook's cells: its item-kNN has another recall@10")


def compare_with_reference(path: str, pairs: int = 3) -> None:
    "Print the run's seconds and memory beside the reference notebook's, pair by pair."
    path = str(Path(path).resolve())
    time_run()
    print(f"{'pair':<6}{'reference s':>12}{'ours s':>9}{'ratio':>8}{'reference MB':>14}{'ours MB':>9}{'models MB':>11}")
    ratios = []
    for pair in range(1, pairs + 1):
        theirs, their_memory = time_process([sys.executable, __file__, "--run-reference", path], {})
        ours, our_memory, size = time_run()
        ratios.append(ours / theirs)
        print(f"{pair:<6}{theirs:>12.2f}{ours:>9.2f}{ratios[-1]:>8.3f}{their_memory:>14.0f}{our_memory:>9.0f}{size:>11.1f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a word of the stages to time")
    parser.add_argument("--reference", help="the text of the reference notebook")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--run-reference", help=argparse.SUPPRESS)
    parser.add_argument("--ratings", type=int, nargs="+", default=[1_000_000, 5_000_000], help="sizes for --only scale")
    parser.add_argument("--scale-stage", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage:
        return time_stage(asked.stage)
    if asked.scale_stage:
        return time_scale_stage(*asked.scale_stage)
    if asked.only == "scale":
        return time_scale(asked.ratings)
    if asked.run_reference:
        return run_reference(asked.run_reference)
    if not RAW.is_dir():
        sys.exit("MovieLens 1M is not there; first: movielens-recs prepare --dataset ml-1m")
    if asked.reference:
        return compare_with_reference(asked.reference)
    print(f"{'stage':<46}{'median s':>10}{'min s':>8}{'max s':>8}{'peak MB':>9}")
    if not asked.only:
        runs = [time_run() for _ in range(3)]
        seconds = [run[0] for run in runs]
        print(f"{'the whole run, three models, with its report':<46}{statistics.median(seconds):>10.3f}{min(seconds):>8.3f}{max(seconds):>8.3f}{runs[0][1]:>9.0f}", flush=True)
    for stage in stages():
        if asked.only not in stage:
            continue
        answer = subprocess.run([sys.executable, __file__, "--stage", stage], stdout=subprocess.PIPE, check=True).stdout
        seconds, memory = json.loads(answer)
        print(f"{stage:<46}{statistics.median(seconds):>10.3f}{min(seconds):>8.3f}{max(seconds):>8.3f}{memory:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
