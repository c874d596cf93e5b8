"""Make README.md from nbs/index.ipynb, without Quarto.

    python tools/readme.py            write README.md
    python tools/readme.py --check    write nothing; exit 1 when README.md is out of date
"""
import os
import re
import sys
from pathlib import Path

import nbformat
from execnb.nbio import nb2str
from nbconvert import MarkdownExporter
from nbdev.config import get_config
from nbdev.process import NBProcessor
from nbdev.processors import hide_line, rm_export, rm_header_dash, strip_ansi
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
INDEX = ROOT / "nbs" / "index.ipynb"
README = ROOT / "README.md"
LOST: list[str] = []  # links that lead nowhere
EXPORT = Config(
    # Quarto's cell options, which `tag_options` turns into tags
    TagRemovePreprocessor={
        "enabled": True,
        "remove_cell_tags": ["include: false"],
        "remove_input_tags": ["echo: false"],
        "remove_all_outputs_tags": ["output: false"],
    },
    NbConvertBase={"display_data_priority": ["text/markdown", "image/png", "text/plain"]},
)


def tag_options(cell):
    "Take the `#|` lines out of a code cell, and keep what they say as tags."
    if cell.cell_type != "code":
        return
    cell.metadata["tags"] = [" ".join([name, *args]) for name, args in cell.directives_.items()]
    cell.source = re.sub(r"^#\|.*\n?", "", cell.source, flags=re.MULTILINE)


def own_files() -> str:
    "The address at which the repository shows the files of its root."
    settings = get_config()
    return f"{settings.git_url}/blob/{settings.branch}/"


def root_link(match: re.Match) -> str:
    "A link as it reads from the project's root, where README.md stands."
    if match[0].startswith(own_files()):
        target = match[0].removeprefix(own_files())
    elif re.match(r"\w+:", match[0]):
        return match[0]
    else:
        target = os.path.normpath(f"nbs/{match[0]}")
    if not (ROOT / target).exists():
        LOST.append(f"nbs/index.ipynb links to {match[0]}, which does not exist")
    return target


def tidy_prose(cell):
    "Take comments out of a markdown cell, and make its links to files start at the project's root."
    if cell.cell_type == "markdown":
        source = re.sub(r"<!--.*?-->\n?", "", cell.source, flags=re.DOTALL)
        cell.source = re.sub(r"(?<=\]\()[^)#\s]+", root_link, source)


def readme() -> str:
    "The text of README.md as the index notebook has it now."
    procs = [hide_line, rm_header_dash, rm_export, strip_ansi, tag_options, tidy_prose]
    nb = nbformat.reads(nb2str(NBProcessor(INDEX, procs=procs, process=True).nb), as_version=4)
    nb.metadata["language_info"] = {"name": "python"}
    text, resources = MarkdownExporter(config=EXPORT).from_notebook_node(nb)
    if resources["outputs"]:
        sys.exit("nbs/index.ipynb stores a figure; README.md can hold tables and text only")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)).strip() + "\n"


if __name__ == "__main__":
    text = readme()
    if sys.argv[1:] != ["--check"]:
        README.write_text(text, encoding="utf-8")
    elif not README.exists() or README.read_text(encoding="utf-8") != text:
        sys.exit("README.md is not what nbs/index.ipynb gives: run `python tools/readme.py`")
    if LOST:
        sys.exit("\n".join(LOST))
