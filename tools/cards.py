"""Make the site's favicon and its social card, nbs/favicon.png and nbs/card.png, from the leaderboard figure on page 08.

    python tools/cards.py
"""
import base64
from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
from PIL import Image

from movielens_recs.export import MODELS

NBS = Path(__file__).resolve().parents[1] / "nbs"


def leaderboard():
    "Read the stored leaderboard figure."
    for cell in nbformat.read(NBS / "08_compare.ipynb", as_version=4).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}): return plt.imread(BytesIO(base64.b64decode(output["data"]["image/png"])))
    raise SystemExit("08_compare.ipynb holds no figure; execute it first")


def card() -> None:
    figure = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    figure.text(.06, .84, "movielens_recs", fontsize=44, weight="bold", color="#1d2126")
    figure.text(.06, .75, "What to watch next, and how well we know it", fontsize=22, color="#5a636d")
    axis = figure.add_axes([.05, .04, .9, .66])
    axis.imshow(leaderboard(), interpolation="lanczos"); axis.axis("off")
    drawn = BytesIO()
    figure.savefig(drawn)
    Image.open(drawn).convert("RGB").quantize(64).save(NBS / "card.png", optimize=True)


def favicon() -> None:
    figure = plt.figure(figsize=(1, 1), dpi=64)
    axis = figure.add_axes([0, 0, 1, 1])
    axis.bar(range(4), [1, 2, 2.6, 5], color=[MODELS[name].colour for name in ("popularity", "item-knn", "als", "slit")], width=.8); axis.axis("off")
    figure.savefig(NBS / "favicon.png", transparent=True, metadata={"Software": None})


if __name__ == "__main__":
    card()
    favicon()
