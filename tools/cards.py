"""Make the pictures beside the pages from the table that nbs/index.ipynb stores: finding.svg, card.png and favicon.png.

    python tools/cards.py
"""
from io import BytesIO, StringIO
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from movielens_recs.models import MODELS

NBS = Path(__file__).resolve().parents[1] / "nbs"
INK, GREY = "#1d2126", "#5a636d"
SAME, LATER = "the session goes on", "people who return*"


def stored_table() -> pd.DataFrame:
    "Read the table of models that the index shows, by model."
    for cell in nbformat.read(NBS / "index.ipynb", as_version=4).cells:
        for output in cell.get("outputs", []):
            lines = output.get("data", {}).get("text/markdown", "").splitlines()
            rows = [[field.strip() for field in line.strip("|").split("|")] for line in lines if line.startswith("|")]
            if rows:
                return pd.DataFrame(rows[2:], columns=rows[0]).set_index("model")
    raise SystemExit("nbs/index.ipynb holds no table; execute it first")


def draw_finding(axes, table: pd.DataFrame) -> None:
    "Draw recall in both situations, a panel each, a dot a model."
    names = [name for name in table.index if name in MODELS]
    for axis, column, title in zip(axes, (SAME, LATER), ("while a session lasts", "when they come back")):
        recall = table.loc[names, column].str.partition(" ")[0].astype(float)
        for place, name in enumerate(names):
            entry = MODELS[name]
            axis.plot([0, recall[name]], [place, place], color=entry.colour, lw=2)
            axis.plot(recall[name], place, entry.marker, color=entry.colour, ms=8)
            axis.annotate(f"{recall[name]:.3f}", (recall[name], place), (9, 0), textcoords="offset points", va="center", color=INK)
        axis.set_yticks(np.arange(len(names)), names)
        axis.set_xlim(0, .28)
        axis.set_title(title, loc="left", color=INK)
        axis.set_xlabel("recall@10")
        axis.spines[["top", "right"]].set_visible(False)


def finding(table: pd.DataFrame) -> None:
    drawn = StringIO()
    with rc_context({"svg.hashsalt": "movielens_recs", "font.size": 14}):  # 11 pixels on a phone
        figure = Figure(figsize=(6, 6.6), facecolor="white", layout="constrained")
        draw_finding(figure.subplots(2, 1, sharex=True), table)
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    (NBS / "finding.svg").write_text(drawn.getvalue(), encoding="utf-8")


def card(table: pd.DataFrame) -> None:
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    figure.text(.06, .86, "movielens_recs", fontsize=44, weight="bold", color=INK)
    figure.text(.06, .77, "Which list is right depends on when you ask", fontsize=22, color=GREY)
    draw_finding(figure.subplots(1, 2, sharey=True, gridspec_kw={"left": .12, "right": .96, "bottom": .12, "top": .66}), table)
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(64).save(NBS / "card.png", optimize=True)


def favicon() -> None:
    figure = Figure(figsize=(1, 1), dpi=64)
    axis = figure.add_axes([0, 0, 1, 1])
    colours = [MODELS[name].colour for name in ("popularity", "item-knn", "als", "slit")]
    axis.bar(range(4), [1, 2, 2.6, 5], color=colours, width=.8)
    axis.axis("off")
    figure.savefig(NBS / "favicon.png", transparent=True, metadata={"Software": None})


if __name__ == "__main__":
    table = stored_table()
    finding(table)
    card(table)
    favicon()
