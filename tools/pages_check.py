"""Run pages again, and show the cells whose output is no longer the one that is stored.

    python tools/pages_check.py                        every page, as nbdev_test runs it
    python tools/pages_check.py nbs/evaluation/01_split.ipynb     one page
    python tools/pages_check.py --flags "ml1m slow"    with the cells that have these flags

Pages run in a copy of the project, so nothing here is changed. Exit status 1 when an output
differs.
"""
import argparse
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from difflib import unified_diff
from itertools import islice
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbdev.clean import clean_nb
from nbdev.config import get_config

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".*", "_[dp]*", "data")  # at the top, what the copy does without
MOST_LINES = 12  # of a difference


def flags(source: str) -> set[str]:
    "Name the flags of a cell."
    return {line.removeprefix("#|").strip().partition(":")[0] for line in source.splitlines() if line.startswith("#|")}


def texts(outputs: list[dict]) -> list[str]:
    "Give what a cell printed and showed, line by line, without the numbers of lines of code."
    found = []
    for output in outputs:
        shown = dict(output.get("data", {}))
        shown |= {name: output[name] for name in ("text", "evalue") if name in output}
        for kind, content in sorted(shown.items()):
            if kind != "text" or not found:  # what is printed may come in parts
                found.append(f"{kind}:")
            content = re.sub(r"(/blob/\S+\.py)#L\d+", r"\1", str(content))
            found += content.strip("\n").splitlines()
    return found


def run(path: Path, skipped: set[str]) -> list[str]:  # a text a cell that differs
    "Run a page where it stands, without cells of some flags, and compare its outputs."
    page = nbformat.read(path, 4)
    stored = {cell.id: texts(cell.get("outputs", [])) for cell in page.cells}
    cells = [cell for cell in page.cells if not flags(cell.source) & skipped]
    page.cells = cells
    NotebookClient(page, timeout=None, kernel_name="python3", allow_errors=True,
                   coalesce_streams=True, extra_arguments=["--log-level=ERROR"],
                   resources={"metadata": {"path": path.parent}}).execute()
    clean_nb(page)
    problems = []
    for cell in cells:
        now = texts(cell.get("outputs", []))
        if now != stored[cell.id] and "hide" not in flags(cell.source):
            lines = unified_diff(stored[cell.id], now, "stored", "now", n=0, lineterm="")
            shown = [line[:200] for line in islice(lines, MOST_LINES)]
            problems.append("\n    ".join([f"{path.name}, cell {cell.id}:", *shown]))
    return problems


def main() -> int:
    "Compare pages, and say which cells differ."
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", type=Path, help="notebooks; all of nbs/ by default")
    parser.add_argument("--flags", default="", help="run cells with these flags too")
    asked = parser.parse_args()
    pages = [page.resolve().relative_to(ROOT) for page in asked.pages]
    pages = pages or [page.relative_to(ROOT) for page in sorted([*ROOT.glob("nbs/*.ipynb"), *ROOT.glob("nbs/[a-z]*/*.ipynb")])
                      if page.parent.name != "tests"]
    skipped = {"eval", *get_config().tst_flags.split()} - {*asked.flags.split()}
    os.environ.update(PYTHONPATH=str(ROOT), IN_TEST="1")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2) as pool:
        copy = Path(folder, ROOT.name)
        shutil.copytree(ROOT, copy, ignore=lambda at, names: LEFT_OUT(at, names) if Path(at) == ROOT else ())
        found = pool.map(run, [copy / page for page in pages], [skipped] * len(pages))
        problems = [problem for one in found for problem in one]
    print("\n".join([*problems, f"{len(pages)} pages, {len(problems)} cells differ"]))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
