"""Make the pictures beside the pages from the table that nbs/index.ipynb stores.

    python tools/cards.py            finding.svg, card.png and favicon.png in nbs/

finding.svg has no ground of its own, and its ink follows the reader's theme. Values and their
intervals are those of the stored table; colours and markers are those of MODELS.
"""
import re
from io import BytesIO
from pathlib import Path

import nbformat
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from movielens_recs.frames import figure_svg
from movielens_recs.models import MODELS

NBS = Path(__file__).resolve().parents[1] / "nbs"
PANELS = {  # column of the table -> title
    "the session goes on": "while a session goes on",
    "people who return*": "when they come back",
}
INK, GREY = "black", "#5a636d"
LETTERS = {"font.size": 15}  # of a width of 432: 12 pixels where a phone shows it 350 wide
SIZES = {"*": 14}  # of markers; the others have 9
INTERVAL = re.compile(r"([\d.]+) \(([\d.]+) to ([\d.]+)\)")  # as interval_text writes it


# The numbers

def rows_of(markdown: str) -> list[list[str]]:
    "Split a table in Markdown into rows of fields."
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[field.strip() for field in line.strip("|").split("|")] for line in lines]


def stored_table() -> pd.DataFrame:
    "Read the table of models that the index shows, by model."
    for cell in nbformat.read(NBS / "index.ipynb", as_version=4).cells:
        for output in cell.get("outputs", []):
            rows = rows_of(output.get("data", {}).get("text/markdown", ""))
            if rows:
                return pd.DataFrame(rows[2:], columns=rows[0]).set_index("model")
    raise SystemExit("nbs/index.ipynb holds no table; execute it first")


def recall_in(table: pd.DataFrame, column: str) -> pd.DataFrame:
    "Read a column of the table: `mean, low, high` by model, for the models of MODELS."
    names = [name for name in table.index if name in MODELS]
    found = table.loc[names, column].str.extract(INTERVAL).astype(float)
    return found.set_axis(["mean", "low", "high"], axis=1)


# The drawing

def draw_model(axis, place: int, name: str, row: pd.Series) -> None:
    "Draw one model's recall: a faint line from 0, the interval, a marker and the number."
    entry = MODELS[name]
    axis.plot([0, row["mean"]], [place, place], color=INK, alpha=0.25, lw=1)
    axis.plot([row["low"], row["high"]], [place, place], color=entry.colour, lw=3.5)
    size = SIZES.get(entry.marker, 9)
    look = {"color": entry.colour, "ms": size, "mec": INK, "mew": 0.7}
    axis.plot(row["mean"], place, entry.marker, **look)
    beside = {"xytext": (9, 0), "textcoords": "offset points", "va": "center", "color": INK}
    axis.annotate(f"{row['mean']:.3f}", (row["high"], place), **beside)


def draw_panel(axis, recall: pd.DataFrame, title: str) -> None:
    "Draw one situation, a row a model."
    for place, (name, row) in enumerate(recall.iterrows()):
        draw_model(axis, place, name, row)
    axis.set_yticks(range(len(recall)), recall.index)
    axis.set_xlim(0, 0.26)
    axis.set_ylim(-0.6, len(recall) - 0.4)
    axis.set_title(title, loc="left", color=INK, fontsize="medium", weight="bold")
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(INK)
    axis.tick_params(colors=INK)
    axis.patch.set_visible(False)


def draw_finding(axes, table: pd.DataFrame) -> None:
    "Draw recall in both situations, a panel each."
    for axis, (column, title) in zip(axes, PANELS.items()):
        draw_panel(axis, recall_in(table, column), title)


# The files

def finding(table: pd.DataFrame) -> None:
    "Write finding.svg, for light and dark pages."
    with rc_context(LETTERS):
        figure = Figure(figsize=(6, 6.6), layout="constrained")
        axes = figure.subplots(2, 1, sharex=True)
        draw_finding(axes, table)
        axes[1].set_xlabel("recall@10, with its 95 % interval", color=INK)
        (NBS / "finding.svg").write_text(figure_svg(figure), encoding="utf-8")


def card(table: pd.DataFrame) -> None:
    "Write card.png, which other sites show beside a link, on a white ground."
    place = {"left": 0.12, "right": 0.96, "bottom": 0.12, "top": 0.66}
    with rc_context(LETTERS):
        figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="white")
        figure.text(0.06, 0.86, "movielens_recs", fontsize=44, weight="bold", color=INK)
        pitch = "Which list is right depends on when you ask"
        figure.text(0.06, 0.77, pitch, fontsize=24, color=GREY)
        axes = figure.subplots(1, 2, sharey=True, gridspec_kw=place)
        draw_finding(axes, table)
        for axis in axes:
            axis.set_xlabel("recall@10", color=INK)
        drawn = BytesIO()
        figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(64).save(NBS / "card.png", optimize=True)


def favicon() -> None:
    "Write favicon.png, four bars."
    figure = Figure(figsize=(1, 1), dpi=64)
    axis = figure.add_axes([0, 0, 1, 1])
    colours = [MODELS[name].colour for name in ("popularity", "item-knn", "als", "slit")]
    axis.bar(range(4), [1, 2, 2.6, 5], color=colours, width=0.8)
    axis.axis("off")
    figure.savefig(NBS / "favicon.png", transparent=True, metadata={"Software": None})


if __name__ == "__main__":
    table = stored_table()
    finding(table)
    card(table)
    favicon()
