"""Measure the cells of every page: how much a reader takes in at a time.

    python tools/cells.py        a table with a line a page; it never fails
"""
import ast
import io
import json
import re
import tokenize
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
WIDEST = 100
EXPORTED = {"export", "exports", "exporti"}
UNSEEN = {"hide", "default_exp", "exporti"}  # cells of which the site shows nothing
LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT,
          tokenize.ENCODING, tokenize.ENDMARKER}
ABOUT = """Exported cells: lines and tokens (median, 90 %, most) and lines over 100 columns.
Then the prose cells to a cell of code shown, and the tests among the lines of code shown.
"""
HEAD = ("", "cells", "lines", "90 %", "most", "tokens", "90 %", "most", "wide", "prose", "tests")
GOAL = ("goal", "60", "", "", "25", "90", "200", "", "2%", "0.55", "15%")


def flags(source: str) -> set[str]:
    "Name the `#|` directives of a cell."
    return set(re.findall(r"^#\|\s*(\w+)", source, flags=re.MULTILINE))


def parse(source: str) -> ast.Module:
    "Parse a cell; one that is not Python is empty."
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def code_lines(source: str) -> list[str]:
    "List the lines that hold something, without directives."
    return [line for line in source.splitlines() if line.strip() and not line.startswith("#|")]


def is_test(node: ast.AST) -> bool:
    "Tell whether a statement is a test: an assert, or a call such as `test_eq(...)`."
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    name = ast.unparse(node.value.func).rpartition(".")[2]
    return name.startswith(("test_", "assert"))


def test_lines(source: str) -> int:
    "Count the lines of a cell that are tests."
    if flags(source) & {"export", "exports"}:
        return 0
    tests = [node for node in ast.walk(parse(source)) if is_test(node)]
    return len({line for node in tests for line in range(node.lineno, node.end_lineno + 1)})


def n_tokens(source: str) -> int:
    "Count what a reader reads: every name, sign and text."
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return 0
    return sum(token.type not in LAYOUT for token in tokens)


def is_imports(source: str) -> bool:
    "Tell whether a cell holds imports alone."
    return all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in parse(source).body)


def read(path: Path) -> list[dict]:
    "Read the cells of a page; none where it cannot be read."
    try:
        return json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        print(f"{path.name} cannot be read: {error!r}")
        return []


def measure(cells: list[dict]) -> dict:
    "Take the figures of some cells."
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    exported = [source for source in sources if flags(source) & EXPORTED and not is_imports(source)]
    shown = [source for source in sources if not flags(source) & UNSEEN]
    code = [source for source in shown if "export" not in flags(source)]
    lines = [line for source in exported for line in code_lines(source)]
    return {
        "cells": len(cells),
        "lines": [len(code_lines(source)) for source in exported],
        "tokens": [n_tokens(source) for source in exported],
        "wide": sum(len(line) > WIDEST for line in lines),
        "prose": len(cells) - len(sources),
        "shown": len(shown),
        "code": sum(len(code_lines(source)) for source in code),
        "tests": sum(test_lines(source) for source in code),
    }


def spread(values: list[int]) -> tuple[str, str, str]:
    "Write the middle, the ninth tenth and the largest of some numbers."
    if not values:
        return "", "", ""
    ninth = sorted(values)[min(len(values) - 1, int(.9 * len(values)))]
    return f"{median(values):.0f}", str(ninth), str(max(values))


def row(name: str, page: dict) -> tuple[str, ...]:
    "Write the figures of a page."
    return (
        name,
        str(page["cells"]),
        *spread(page["lines"]),
        *spread(page["tokens"]),
        f"{page['wide'] / max(sum(page['lines']), 1):.0%}",
        f"{page['prose'] / max(page['shown'], 1):.2f}",
        f"{page['tests'] / max(page['code'], 1):.0%}",
    )


def main() -> None:
    "Print the table."
    pages = {path.stem: read(path) for path in sorted((ROOT / "nbs").glob("*.ipynb"))}
    together = [cell for cells in pages.values() for cell in cells]
    rows = [HEAD, GOAL]
    rows += [row(name, measure(cells)) for name, cells in pages.items()]
    rows.append(row("all", measure(together)))
    print(ABOUT)
    for name, *values in rows:
        print(f"{name:<16}" + "".join(f"{value:>7}" for value in values))


if __name__ == "__main__":
    main()
