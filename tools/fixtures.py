"""Keep what this version writes, made from a small cut of the sample, for later versions to read.

    python tools/fixtures.py        makes nbs/tests/v0_3_0/files.tar.xz, say; it must not be there yet

`nbs/tests/upgrades.ipynb` reads the files of every version. They stand in an archive because the
arrays of a small model are mostly zeros.
"""
import os
import tarfile
import tempfile
from pathlib import Path

import pandas as pd

from movielens_recs import __version__
from movielens_recs.data import Dataset, store
from movielens_recs.export import export_bundle
from movielens_recs.models import MODELS, make_model
from movielens_recs.sample import load_sample
from movielens_recs.split import temporal_split
from movielens_recs.study import run_study
from movielens_recs.tune import tune

ROOT = Path(__file__).resolve().parents[1]
N_USERS = 20
N_MOVIES = 18
N_LISTED = 6  # users whose lists are kept


def small_cut() -> Dataset:
    "Take the movies that are rated most, and the users who rated most of these."
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOVIELENS_RECS_DATA"] = folder
        sample = load_sample()
    ratings = sample.ratings
    movies = ratings["movie_id"].value_counts().index[:N_MOVIES]
    ratings = ratings[ratings["movie_id"].isin(movies)]
    users = ratings["user_id"].value_counts().index[:N_USERS]
    ratings = ratings[ratings["user_id"].isin(users)].reset_index(drop=True)
    rated = sample.movies[sample.movies["movie_id"].isin(movies)].reset_index(drop=True)
    people = sample.users[sample.users["user_id"].isin(users)].reset_index(drop=True)
    return Dataset(ratings, rated, people, "cut")


def write(folder: Path, dataset: Dataset) -> None:
    "Write tables, a study of all models, their lists, two bundles and a search."
    os.environ["MOVIELENS_RECS_DATA"] = str(folder)
    os.chdir(folder)  # a search notes the path of its file
    store(dataset)
    split = temporal_split(dataset.ratings)
    models = {name: make_model(name) for name in MODELS}
    models["als"].set_params(factors=4)
    study = run_study(dataset, models, split, folder / "study")
    users = split.train["user_id"].unique()[:N_LISTED]
    lists = {name: model.recommend(users, k=5) for name, model in models.items()}
    lists = pd.concat(lists, names=["model"]).reset_index("model")
    lists.to_csv(folder / "lists.csv", index=False)
    about, model = study.trained_on, study.model()
    export_bundle(model, folder / "bundle", about, histories=split.train, k=5)
    export_bundle(model, folder / "small", about, k=5, small=True)
    tune(split, make_model("rp3beta"), n_trials=3, storage="search.journal", progress=False)


def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    "Leave out of an archive who made it, and when."
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def main() -> None:
    "Pack the files of this version."
    target = ROOT / "nbs" / "tests" / f"v{__version__.replace('.', '_')}"
    dataset = small_cut()
    target.mkdir()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, dataset)
        with tarfile.open(target / "files.tar.xz", "x:xz") as packed:
            for path in sorted(folder.iterdir()):
                packed.add(path, path.name, filter=nobodys)


if __name__ == "__main__":
    main()
