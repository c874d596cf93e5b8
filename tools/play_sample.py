"""Make the play page of the built-in sample, which the site carries.

    python tools/play_sample.py FILE
"""
import sys
import tempfile
from pathlib import Path


def write_play_sample(path: Path) -> None:
    "Measure the default model on the sample, and write its page."
    from movielens_recs.models import DEFAULT, make_model
    from movielens_recs.play import write_play
    from movielens_recs.sample import load_sample
    from movielens_recs.split import temporal_split
    from movielens_recs.study import run_study
    sample = load_sample()
    with tempfile.TemporaryDirectory() as folder:
        models = {DEFAULT: make_model(DEFAULT)}
        write_play(run_study(sample, models, temporal_split(sample.ratings), folder), path)


if __name__ == "__main__":
    write_play_sample(Path(sys.argv[1]))
