"""Time what somebody waits for: one user's list, an answer over HTTP, and the lists of 100,000 users.

    python tools/latency.py             all three, on MovieLens 1M
    python tools/latency.py --only one  the parts whose name holds a word: one, served, many

One user: every model, 1,000 questions in this process, each with a filter and three ratings that came after train.
Served: `movielens-recs serve` as a process, 10,000 questions of 8 clients, in processes of their own, on the same cores.
Many: 2 million made-up ratings of 100,000 users, all lists of EASE written to Parquet.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

N_QUESTIONS, N_CLIENTS = 10_000, 8


def _percentiles(seconds: list[float]) -> str:
    return "".join(f"{1000 * np.percentile(seconds, share):>10.2f}" for share in (50, 99, 100))


def one() -> None:
    "Ask every model for one user at a time."
    from movielens_recs.data import load_dataset
    from movielens_recs.models import MODELS, make_model
    from movielens_recs.recommend import to_interactions
    from movielens_recs.split import temporal_split
    data = load_dataset("ml-1m")
    train = to_interactions(temporal_split(data.ratings).train)
    rng = np.random.default_rng(0)
    users = rng.choice(train.user_ids, 1000)
    wanted = data.movies.loc[data.movies["genres"].str.contains("Comedy|Drama"), "movie_id"].to_numpy()
    ends = dict(zip(train.user_ids, train.ends))
    print(f"{'one user, ms':<16}{'plain p50':>10}{'p99':>10}{'max':>10}{'narrow p50':>12}{'p99':>8}{'max':>10}")
    for name in MODELS:
        model = make_model(name).fit(train)
        model.recommend(users[:2])
        plain, narrow = [], []
        for user in users:
            since = pd.DataFrame({"user_id": user, "movie_id": rng.choice(train.movie_ids, 3, replace=False),
                                  "rating": 4.0, "timestamp": ends[user] + 60})
            start = time.perf_counter()
            model.recommend([user], 10)
            middle = time.perf_counter()
            model.recommend([user], 10, new_ratings=since, candidates=wanted, block=train.movie_ids[:50])
            plain.append(middle - start)
            narrow.append(time.perf_counter() - middle)
        print(f"{name:<16}{_percentiles(plain)}  {_percentiles(narrow)}", flush=True)


def _client(port: int, users: list[int], answers) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    seconds, n_errors = [], 0
    for user in users:
        text = json.dumps({"user": user, "k": 10})
        start = time.perf_counter()
        connection.request("POST", "/recommend", text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        seconds.append(time.perf_counter() - start)
        n_errors += answer.status != 200
    answers.put((seconds, n_errors))


def served() -> None:
    "Ask a server from eight processes at once."
    from movielens_recs.data import load_dataset
    from movielens_recs.models import make_model
    from movielens_recs.split import temporal_split
    from movielens_recs.study import run_study
    data = load_dataset("ml-1m")
    print(f"{'served':<16}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}{'errors':>8}{'MB':>8}")
    for name, workers in (("ease", 1), ("ease", 2), ("blend", 1), ("blend", 2)):
        with tempfile.TemporaryDirectory() as folder:
            run_study(data, {name: make_model(name)}, temporal_split(data.ratings), folder)
            server = subprocess.Popen([sys.executable, "-m", "movielens_recs", "serve", "--from", folder, "--port", "0",
                                       "--workers", str(workers)],
                                      stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
            port = int(re.search(r"127.0.0.1:(\d+)", server.stdout.readline())[1])
            users = np.random.default_rng(0).choice(data.ratings["user_id"].unique(), N_QUESTIONS).tolist()
            answers = multiprocessing.Queue()
            clients = [multiprocessing.Process(target=_client, args=(port, users[number::N_CLIENTS], answers))
                       for number in range(N_CLIENTS)]
            start = time.perf_counter()
            for client in clients:
                client.start()
            found = [answers.get() for _ in clients]
            took = time.perf_counter() - start
            memory = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())[1]) / 1024
            seconds = [one for part, _ in found for one in part]
            print(f"{f'{name}, {workers} workers':<16}{len(seconds) / took:>12.0f}{_percentiles(seconds)}{sum(n for _, n in found):>8}{memory:>8.0f}", flush=True)
            server.send_signal(signal.SIGTERM)
            server.wait()


STREAM = """
import resource, sys, time
from movielens_recs.export import load_bundle
from movielens_recs.lists import recommend_to
model = load_bundle(sys.argv[1]).model
start = time.perf_counter()
n_lists = recommend_to(sys.argv[2], model, k=20)
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"many: {n_lists:,} lists of 20 in {took:.1f} s, with {peak:.0f} MB at most in the process")
"""


def many() -> None:
    "Write the lists of 100,000 users, in a process that loads a bundle."
    from movielens_recs.any_size import write_any_size
    from movielens_recs.data import read_ratings
    from movielens_recs.ease import EASE
    from movielens_recs.export import export_bundle
    from movielens_recs.frames import fingerprint
    with tempfile.TemporaryDirectory() as folder:
        ratings = read_ratings(write_any_size(Path(folder) / "raw", 2_000_000, 100_000, 3000))
        data = {"name": "any size", "n_train": len(ratings), "fingerprint": fingerprint(ratings)}
        bundle = export_bundle(EASE().fit(ratings), Path(folder) / "bundle", data, histories=ratings)
        subprocess.run([sys.executable, "-c", STREAM, bundle, Path(folder) / "lists.parquet"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="one, served or many")
    asked = parser.parse_args()
    for part in (one, served, many):
        if asked.only in part.__name__:
            part()


if __name__ == "__main__":
    main()
