"""Time the stages of the study on MovieLens 1M: a table of stage, seconds and peak memory.

    python tools/bench.py                       all stages
    python tools/bench.py --only fit            the stages whose name holds a word
    python tools/bench.py --reference FILE      the whole run beside the reference notebook's own cells (its text), in pairs

Each stage runs in a process of its own. Seconds are the median of five calls after one to warm up; whole commands and
searches are timed as they are. Peak memory is that of the whole process, libraries and input included. The machine's
load shows in every figure, so compare only within one table.
"""
import argparse
import ast
import json
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
from importlib.util import find_spec
from pathlib import Path

from movielens_recs.data import data_dir

RAW = data_dir() / "raw" / "ml-1m"
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
        calls = [one for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
        printed = [call for call in calls if not isinstance(call.value.func, ast.Name | ast.Attribute)]
        cells[int(number)] = [one for one in tree.body if isinstance(one, runs) or one in calls and one not in printed]
    return cells


def run_cells(path: str, name: str, first: int, last: int, space: dict | None = None) -> dict:  # what they name
    "Run cells of the reference notebook on the prepared tables of a data set, in a folder laid out as it expects."
    helper = types.ModuleType("metrics")
    helper.evaluate_all = None  # imported there, used only after the last cell that runs here
    sys.modules["metrics"] = helper
    space = {} if space is None else space
    cells = reference_cells(Path(path).read_text(encoding="utf-8"))
    statements = [one for number, cell in cells.items() if first <= number <= last for one in cell]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "nbs").mkdir()
        (Path(folder) / "data").mkdir()
        (Path(folder) / "data" / "interim").symlink_to((data_dir() / "interim" / name).resolve())
        os.chdir(Path(folder) / "nbs")
        exec(compile(ast.Module(statements, type_ignores=[]), "reference", "exec"), space)
        os.chdir("/")
    return space


def run_reference(path: str) -> None:
    "Run the reference notebook's cells on MovieLens 1M."
    space = run_cells(path, "ml-1m", 1, LAST_REFERENCE_CELL)
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
    asked = parser.parse_args()
    if asked.stage:
        return time_stage(asked.stage)
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
