"""Make nbs/reference.ipynb, the list of everything that can be imported, from the modules.

    python tools/reference.py            write the page
    python tools/reference.py --check    write nothing; exit 1 when the page is out of date

The order is that of the pages. A name links to its entry on the site; a public method or property
without an entry is an error, unless it only overrides one that has an entry.
"""
import ast
import json
import re
import sys
from pathlib import Path

from cells import flags, parse, read

ROOT = Path(__file__).resolve().parents[1]
NBS = ROOT / "nbs"
PACKAGE = "movielens_recs"
PAGE = NBS / "reference.ipynb"
TITLE = "# Reference\n> Everything that can be imported, page by page."
ABOUT = """\
Each name below leads to its entry, which says what goes in, what comes out, with types and \
shapes, and which errors to expect. The headings lead to the pages, where the names are explained \
and used. A name with brackets is called. Below a class, a name without brackets is an attribute: \
it is read, as in `study.main`.

The commands of the terminal have their own manual in [Command line](40_cli.ipynb)."""
METADATA = {"kernelspec": {"display_name": "python3", "language": "python", "name": "python3"}}


# What there is

def pages() -> dict[str, str]:
    "Find the notebook of every module: name of the module -> name of the notebook, in order."
    found = {}
    for path in sorted(NBS.glob("*.ipynb")):
        sources = ["".join(cell["source"]) for cell in read(path)]
        names = [re.search(r"^#\|\s*default_exp\s+(\w+)", source) for source in sources]
        found |= {name[1]: path.name for name in names if name}
    return found


def entries_of(cells: list[dict]) -> set[str]:
    "Name what has an entry on a page: functions, classes, and what show_doc is called with."
    found = set()
    for source in ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]:
        for node in parse(source).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found |= {node.name} if flags(source) & {"export", "exports"} else set()
            elif source.startswith("show_doc("):
                found.add(ast.unparse(node.value.args[0]).removesuffix(".func"))
    return found


def exported(tree: ast.Module) -> list[str]:
    "Read a module's __all__."
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return []


def definitions(tree: ast.AST) -> dict[str, ast.AST]:
    "Find the public functions and classes in a module or a class, in order."
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name: node for node in tree.body
            if isinstance(node, kinds) and not node.name.startswith("_")}


def names_in(node: ast.ClassDef) -> set[str]:
    "Name the methods and attributes in a class's body."
    found = {one.target.id for one in node.body if isinstance(one, ast.AnnAssign)}
    return found | set(definitions(node))


def methods(node: ast.ClassDef, classes: dict[str, ast.ClassDef], entries: set[str],
            ) -> dict[str, ast.FunctionDef]:
    "Find the public methods and properties of a class that have an entry, in order."
    bases = [classes[name] for name in map(ast.unparse, node.bases) if name in classes]
    of_bases = {name for base in bases for name in names_in(base)}
    found = {}
    for name, one in definitions(node).items():
        if f"{node.name}.{name}" in entries:
            found[name] = one
        elif name not in of_bases:
            sys.exit(f"{node.name}.{name} has no entry; show_doc({node.name}.{name}) gives it one")
    return found


# How it is written

def is_attribute(node: ast.AST) -> bool:
    "Tell a property from a method."
    return any("property" in ast.unparse(one) for one in getattr(node, "decorator_list", []))


def with_default(name: str, default: ast.AST | None) -> str:
    "Write a parameter, with its default where it has one."
    if default is None:
        return name
    made = isinstance(default, ast.Call) and ast.unparse(default.func) == "field"
    return f"{name}=…" if made else f"{name}={ast.unparse(default)}"


def parameters(node: ast.FunctionDef) -> list[str]:
    "Write the parameters of a function."
    given = node.args
    places = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(places) - len(given.defaults)) + given.defaults
    found = [with_default(one.arg, default) for one, default in zip(places, defaults)]
    found += [f"*{given.vararg.arg}"] if given.vararg else ["*"] if given.kwonlyargs else []
    found += [with_default(one.arg, default)
              for one, default in zip(given.kwonlyargs, given.kw_defaults)]
    found += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return [one for one in found if one not in ("self", "cls")]


def brackets(node: ast.AST) -> str:
    "Write what a function is called with, or a class made with; nothing for an attribute."
    if is_attribute(node):
        return ""
    if isinstance(node, ast.FunctionDef):
        return f"({', '.join(parameters(node))})"
    makers = [one for one in node.body if getattr(one, "name", "") == "__init__"]
    if makers:
        return f"({', '.join(parameters(makers[0]))})"
    fields = [with_default(one.target.id, one.value)
              for one in node.body if isinstance(one, ast.AnnAssign)]
    has_fields = node.decorator_list or "NamedTuple" in map(ast.unparse, node.bases)
    return f"({', '.join(fields)})" if has_fields else ""


def item(name: str, node: ast.AST, page: str, indent: str = "") -> str:
    "Write one line of the list; nbdev would make a second link of a name in backticks."
    summary = (ast.get_docstring(node) or "").partition("\n")[0]
    called = brackets(node)
    signature = f"`{called}`" if called else ""
    shown = name.rpartition(".")[2]
    return f"{indent}- [**{shown}**]({page}#{name.lower()}){signature}: {summary}"


def class_items(node: ast.ClassDef, classes: dict, entries: set[str], page: str,
                ) -> list[str]:
    "Write a class, and what it has, indented."
    lines = [item(node.name, node, page)]
    for name, one in methods(node, classes, entries).items():
        lines.append(item(f"{node.name}.{name}", one, page, "    "))
    if "Recommender" in map(ast.unparse, node.bases):
        lines.append("    - and what every "
                     "[**Recommender**](10_recommend.ipynb#recommender) has")
    return lines


def section(module: str, page: str, trees: dict[str, ast.Module]) -> str:
    "Write what a module exports."
    names, known = exported(trees[module]), definitions(trees[module])
    cells = read(NBS / page)
    entries = entries_of(cells)
    classes = {name: node for tree in trees.values() for name, node in definitions(tree).items()
               if isinstance(node, ast.ClassDef)}
    summary = "".join(cells[0]["source"]).partition("\n> ")[2].strip()
    lines = [f"## [{PACKAGE}.{module}]({page})", "", summary, ""]
    for name in [name for name in known if name in names]:
        node = known[name]
        if name not in entries:
            sys.exit(f"{name} is exported by {page} and has no entry there")
        if isinstance(node, ast.ClassDef):
            lines += class_items(node, classes, entries, page)
        else:
            lines.append(item(name, node, page))
    constants = [f"`{name}`" for name in names if name not in known]
    if constants:
        lines.append(f"- constants: {', '.join(constants)}")
    return "\n".join(lines)


def check_section(module: str, text: str, names: list[str]) -> None:
    "Stop where a name that a module exports is missing."
    lost = [name for name in names if f"[**{name}**](" not in text and f"`{name}`" not in text]
    if lost:
        sys.exit(f"{PAGE.name} lacks {', '.join(lost)} of {PACKAGE}.{module}")


def cell(name: str, text: str) -> dict:
    "Make a cell of prose."
    lines = text.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": f"reference-{name}", "metadata": {}, "source": lines}


def reference() -> str:
    "The notebook as the modules have it now."
    notebooks = pages()
    trees = {module: ast.parse((ROOT / PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
             for module in notebooks}
    cells = [cell("title", TITLE), cell("about", ABOUT)]
    for module, page in notebooks.items():
        text = section(module, page, trees)
        check_section(module, text, exported(trees[module]))
        cells.append(cell(module, text))
    notebook = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    text = reference()
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"nbs/{PAGE.name} is not what the modules give: run `python tools/reference.py`")
