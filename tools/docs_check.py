"""Check the documentation as far as that goes without Quarto, and write a preview of it.

    python tools/docs_check.py            pages into _preview/, problems on stdout
    python tools/docs_check.py FILE...    the same, and looks at these pages as well: reports, say

Every page is processed as nbdev does before Quarto, rendered with nbconvert, and then looked at
as a reader would: is every public name described, does every link lead somewhere, is anything
asked of another host. Exit status 1 when there is a problem. Nothing but _preview/ is written.
"""
import ast
import base64
import multiprocessing
import re
import shutil
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import yaml
from bs4 import BeautifulSoup
from cells import flags, measure, parse
from docs_site import bar_problems, navigation, page_ends, pages_in, reading_order
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbdev import serve_drv
from nbdev.config import get_config
from nbdev.processors import FilterDefaults
from nbdev.showdoc import showdoc_nm
from play_sample import write_play_sample

ROOT = Path(__file__).resolve().parents[1]
NBS = ROOT / "nbs"
PREVIEW = ROOT / "_preview"
ANSWERED_BY = {  # what people search for, and the page that answers
    "cold start": "five_minutes.html",
    "own ratings": "own.html",
    "my own data": "five_minutes.html",
    "leakage": "split.html",
    "recommend_for": "recommend.html",
}
PLAY_SAMPLE = "play_sample.html"
MOST_PAGE = 1_500_000
MOST_FIGURE = 150_000
MOST_TESTS = .15
THEMES = {"default"}  # Quarto's own that need no web font
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
FIGURES = tuple(KINDS.values())
STYLE = """<style>
nav ul { list-style: none; padding: 0; font-size: .9rem; }
nav b { display: inline-block; min-width: 8rem; font-weight: normal; color: #4c555e; }
nav a { margin-right: .8rem; }
nav [aria-current] { font-weight: bold; text-decoration: none; }
.description { font-size: 1.15rem; }
.highlight pre { white-space: pre-wrap; }
.highlight .k, .highlight .kn, .highlight .kc, .highlight .ow { color: #6d2f8e; }
.highlight .s1, .highlight .s2, .highlight .sd, .highlight .sa { color: #0d5633; }
.highlight .c1 { color: #48515a; }
@media (prefers-color-scheme: dark) {
  nav b { color: #a9b2bb; }
  .highlight .k, .highlight .kn, .highlight .kc, .highlight .ow { color: #dcb0ea; }
  .highlight .s1, .highlight .s2, .highlight .sd, .highlight .sa { color: #8fd6a9; }
  .highlight .c1 { color: #b3bbc3; }
}
</style>"""


FENCED = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", flags=re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", flags=re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", flags=re.DOTALL)
CLASS_AS_FUNCTION = re.compile(r"^def(?= [A-Z])", flags=re.MULTILINE)  # as nbdev shows classes
HOOKS = {"score", "score_known", "score_similar", "contributions"}  # told once, of Recommender
REMOTE = re.compile(r"\s*(?:https?:)?//")
REMOTE_STYLE = re.compile(r"""(?:@import\s+|url\()\s*["']?\s*(?:https?:)?//[^"')\s]*""")


# How nbdev leaves a page

def reason_of(error: BaseException) -> str:
    "Say in a line why a page could not be processed."
    last = str(error.__cause__ or "").rpartition("The above exception was")[0]
    lines = [line for line in last.splitlines() if line.strip()]
    return " ".join([*str(error).split(), *lines[-1:]])


def process_pages(names: list[str], problems: list[str]) -> dict[str, nbformat.NotebookNode]:
    "Process all pages as nbdev does before Quarto; one that fails is a problem, and left out."
    found = {}
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2, spawn) as pool:
        paths = {name: Path(folder) / name for name in names}
        jobs = {name: pool.submit(serve_drv.main, (NBS / name, path, FilterDefaults))
                for name, path in paths.items()}
        for name, job in jobs.items():
            error = job.exception()
            if error:
                problems.append(f"{name}: nbdev cannot process it: {reason_of(error)}")
            else:
                found[name] = nbformat.read(paths[name], as_version=4)
    return found


def options(source: str) -> dict[str, str]:
    "Read Quarto's options of a cell."
    found = re.findall(r"^#\|\s*([\w-]+):?[ \t]*(.*)$", source, flags=re.MULTILINE)
    return {name: value.strip().strip('"') for name, value in found}


def without_options(source: str) -> str:
    "Take the `#|` lines off a cell."
    return re.sub(r"^#\|.*\n?", "", source, flags=re.MULTILINE)


def shows_code(cell: nbformat.NotebookNode) -> bool:
    "Tell whether the site shows the code of a cell."
    option = options(cell.source)
    hidden = "false" in (option.get("echo"), option.get("include"))
    return not hidden and bool(without_options(cell.source).strip())


def shows_output(cell: nbformat.NotebookNode) -> bool:
    "Tell whether the site shows outputs of a cell."
    option = options(cell.source)
    hidden = "false" in (option.get("output"), option.get("include"))
    return not hidden and bool(cell.outputs)


# Entries: what the site says of functions, classes and methods

def top_level(cells: list) -> list[tuple[set[str], ast.AST]]:
    "List what the cells of a page define, each with the flags of its cell."
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    return [(flags(source), node) for source in sources for node in parse(source).body]


def public_definitions(cells: list) -> dict[str, ast.AST]:
    "Find the functions and classes that a page exports, and the methods of the classes."
    found = {}
    for flagged, node in top_level(cells):
        is_definition = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        if not is_definition or node.name.startswith("_") or not flagged & {"export", "exports"}:
            continue
        found[showdoc_nm(node)] = node
        for method in getattr(node, "body", []) if isinstance(node, ast.ClassDef) else []:
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                found[f"{node.name}.{method.name}"] = method
    return found


def model_classes(sources: dict[str, list]) -> set[str]:
    "Name the classes made from Recommender, on all pages."
    nodes = [node for cells in sources.values() for _, node in top_level(cells)]
    bases = {node.name: {ast.unparse(base) for base in node.bases}
             for node in nodes if isinstance(node, ast.ClassDef)}
    models = {"Recommender"}
    for _ in bases:  # as many steps as the longest line of descent can have
        models |= {name for name, parents in bases.items() if parents & models}
    return models - {"Recommender"}


def import_problems(cells: list) -> list[str]:
    "Find cells that the documentation's build would run only because an import stands in them."
    found = []
    if not any(flagged & {"export", "exports"} for flagged, _ in top_level(cells)):
        return found
    for source in [cell.source for cell in cells if cell.cell_type == "code"]:
        kinds = {type(node) for node in ast.walk(parse(source))}
        meant = flags(source) & {"export", "exports", "exporti"} or "nbdev_export" in source
        imports, others = kinds & {ast.Import, ast.ImportFrom}, kinds & {ast.Expr, ast.Assign}
        if imports and others and not meant:
            found.append(f"imports and other code in one cell: {without_options(source)[:60]!r}")
    return found


def needs_entry(name: str, models: set[str]) -> bool:
    "Tell whether a function, a class or `Class.method` must have an entry."
    owner, _, method = name.partition(".")
    told_of_the_base = owner in models and method in HOOKS | {"knows_when"}
    return not told_of_the_base


def decorated_with(node: ast.AST, names: set[str]) -> bool:
    "Tell whether a definition has one of some decorators, called or not."
    found = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return any(ast.unparse(one).rpartition(".")[2] in names for one in found)


def parameters(node: ast.AST) -> list[str]:
    "Name the parameters of a function, or those that a class is made with."
    if isinstance(node, ast.ClassDef):
        makers = [one for one in node.body if getattr(one, "name", "") == "__init__"]
        return parameters(makers[0]) if makers else []
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs]  # nbdev shows no more comments
    names = [one.arg for one in every]
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def fields(node: ast.AST) -> list[str]:
    "Name the public fields of a dataclass."
    if not isinstance(node, ast.ClassDef) or not decorated_with(node, {"dataclass"}):
        return []
    names = [one.target.id for one in node.body if isinstance(one, ast.AnnAssign)]
    return [name for name in names if not name.startswith("_")]


def entries_of(notebook: nbformat.NotebookNode) -> dict[str, str]:
    "Read the entries of a processed page: name -> signature."
    found = {}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for output in [one for cell in cells if "show_doc(" in cell.source for one in cell.outputs]:
        text = output.get("data", {}).get("text/markdown", "")
        name = re.search(r"^#+ (\S+)$", text, flags=re.MULTILINE)
        signature = re.search(r"```python\n(.*?)\n```", text, flags=re.DOTALL)
        if name:
            found[name[1]] = signature[1] if signature else ""
    return found


def described(signature: str, names: list[str]) -> set[str]:
    "Name the parameters with a comment: on each line, the last one that begins there."
    found = set()
    for line in signature.splitlines():
        code, _, comment = line.partition(" # ")
        places = {name: re.search(rf"(?:^\s*|, )\**{name}(?=[:=,]|$)", code) for name in names}
        begins = {name: place.start() for name, place in places.items() if place}
        if comment.strip() and begins:
            found.add(max(begins, key=begins.get))
    return found


def entry_problems(cells: list, notebook: nbformat.NotebookNode, models: set[str]) -> list[str]:
    "Compare what a page exports with what the site says of it."
    entries, known = entries_of(notebook), public_definitions(cells)
    functions = [node for _, node in top_level(cells) if isinstance(node, ast.FunctionDef)]
    commands = {node.name for node in functions if decorated_with(node, {"command", "callback"})}
    rows = [line for cell in cells if cell.cell_type == "markdown"
            for line in cell.source.splitlines() if line.startswith("|")]
    missing = [name for name in known if name not in entries and needs_entry(name, models)]
    found = [f"{name} has no entry" for name in missing]
    for name, signature in entries.items():
        node = known.get(name)
        if name in commands:
            found.append(f"{name} is a command and has an entry; `exporti` keeps it off the site")
            continue
        if "](" in signature:
            found.append(f"a raw link stands in the signature of {name}")
        names = parameters(node) if node else []
        told = described(signature, names)
        found += [f"{name} does not say what {one} is" for one in names if one not in told]
        found += [f"no table tells what {name}.{one} holds"
                  for one in (fields(node) if node else [])
                  if not any(f"`{one}`" in row for row in rows)]
    return found


# Prose

def blocks(notebook: nbformat.NotebookNode) -> list[tuple[int, str]]:
    "List what a page shows, in order: number of the cell, and a paragraph, or ``` for code."
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and (shows_code(cell) or shows_output(cell)):
            found.append((number, "```"))
        if cell.cell_type == "markdown":
            text = FENCED.sub("\n\n```\n\n", COMMENT.sub("", cell.source))
            text = re.sub(r"^(#{1,6} .*)$", r"\n\n\1\n\n", text, flags=re.MULTILINE)
            parts = [part.strip() for part in re.split(r"\n\s*\n", text)]
            found += [(number, part) for part in parts if part]
    return found


def level(text: str) -> int:
    "Tell the level of a heading; 0 for anything else."
    found = re.match("(#{1,6}) ", text)
    return len(found[1]) if found else 0


def is_prose(text: str) -> bool:
    "Tell a paragraph of sentences from a list, a table, a quote, a formula, code or HTML."
    return not re.match(r"[-*+] |\d+[.)] |\||>|\$\$|```|<|!\[|:::", text)


def flow_problems(notebook: nbformat.NotebookNode) -> list[str]:
    "Find headings with nothing under them, and sentences that announce what is not shown."
    found = []
    shown = blocks(notebook)
    for (cell, text), (next_cell, after) in zip(shown, [*shown[1:], (None, "")]):
        ends = not after or level(after) > 0
        if level(text) and (not after or 0 < level(after) <= level(text)):
            found.append(f"nothing stands under the heading {text!r}")
        vanished = next_cell != cell and is_prose(after)
        if text.endswith(":") and not level(text) and (ends or vanished):
            found.append(f"nothing is shown after: {text[-60:]!r}")
    return found


def dash_problems(text: str) -> list[str]:
    "Find options outside of code, whose `--` becomes a dash."
    prose = FENCED.sub(" ", COMMENT.sub("", text))
    prose = INLINE.sub(" ", prose)
    prose = re.sub(r"<[^>]*>|\]\([^)]*\)", " ", prose)
    found = re.findall(r"(?<![\w-])--\w[\w-]*", prose)
    return [f"{word} outside of code becomes a dash" for word in found]


def prose_problems(notebook: nbformat.NotebookNode, summary: str) -> list[str]:
    "Look through everything on a page that is Markdown."
    texts = [summary]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            texts.append(cell.source)
        if cell.cell_type == "code":
            option = options(cell.source)
            texts += [option.get("fig-cap", ""), option.get("fig-alt", "")]
            texts += [output.get("data", {}).get("text/markdown", "") for output in cell.outputs]
    found = [problem for text in texts for problem in dash_problems(text)]
    return flow_problems(notebook) + found


# The preview

def slug(text: str) -> str:
    "Name a heading's anchor as pandoc does."
    kept = re.sub(r"[^\w\s.-]", "", text.lower())
    return re.sub(r"^[^a-z]+", "", re.sub(r"\s+", "-", kept.strip()))


def typeset(text: str) -> str:
    "Turn TeX between dollars into MathML, outside of code."
    def math(match):
        code, display, inline = match.groups()
        if code is not None:
            return code
        kind = "inline" if display is None else "block"
        return convert(inline if display is None else display, display=kind).replace("\n", " ")

    code = r"(```.*?```|`[^`\n]*`)"
    display = r"\$\$(.+?)\$\$"
    inline = r"(?<![\\$])\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?!\d)"
    return re.sub(f"{code}|{display}|{inline}", math, text, flags=re.DOTALL)


def clean_markdown(text: str) -> str:
    "Drop pandoc's attributes after a link; typeset formulas."
    return typeset(re.sub(r"(\]\([^)]*\))\{[^}]*\}", r"\1", text))


def label_svg(svg: str, label: str) -> str:
    "Give a drawing its alternative text, and drop what stands before it."
    tag = f'<svg role="img" aria-label="{escape(label)}"'
    return svg[svg.index("<svg"):].replace("<svg", tag, 1)


def figure_problems(data: dict, option: dict[str, str], made_by: str) -> list[str]:
    "Look at a stored figure: its size, and whether it is described."
    found = []
    if "image/png" in data:
        found.append(f"a figure as PNG, which fits one theme only; use figure_svg: {made_by}")
    size = len(data.get("image/svg+xml", "").encode())
    if size > MOST_FIGURE:
        found.append(f"a figure of {size:,} bytes; at most {MOST_FIGURE:,}")
    for name in ("fig-alt", "fig-cap"):
        if not option.get(name):
            found.append(f"a figure without {name}, made by: {made_by}")
    return found


def prepare_code(cell: nbformat.NotebookNode) -> list[str]:
    "Make a cell of code ready for nbconvert; return what is wrong with its outputs."
    found = []
    option = options(cell.source)
    folded = option.get("code-fold") == "true"
    cell.metadata = nbformat.NotebookNode(alt=option.get("fig-alt", ""))
    cell.metadata.tags = ["fold"] * folded if shows_code(cell) else ["remove_input"]
    cell.outputs = cell.outputs if shows_output(cell) else []
    cell.source = without_options(cell.source)
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "error" or output.get("name") == "stderr":
            found.append(f"an error or a warning is stored under: {cell.source.splitlines()[0]}")
        if "text/markdown" in data:
            text = clean_markdown(data["text/markdown"])
            data["text/markdown"] = CLASS_AS_FUNCTION.sub("class", text)
        if any(kind in data for kind in FIGURES):
            found += figure_problems(data, option, cell.source.splitlines()[0])
        if "image/svg+xml" in data:
            data["image/svg+xml"] = label_svg(data["image/svg+xml"], cell.metadata.alt)
    if option.get("fig-cap"):
        caption = {"text/html": f"<figcaption>{escape(option['fig-cap'])}</figcaption>"}
        cell.outputs.append(nbformat.v4.new_output("display_data", caption))
    return found


def prepare(notebook: nbformat.NotebookNode) -> list[str]:
    "Make a processed notebook ready for nbconvert; return what is wrong with its outputs."
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found += prepare_code(cell)
        else:
            cell.metadata = nbformat.NotebookNode()
            cell.source = clean_markdown(cell.source)
    return found


def make_exporter() -> HTMLExporter:
    "Make the converter from notebook to HTML."
    exporter = HTMLExporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    exporter.register_preprocessor("nbconvert.preprocessors.TagRemovePreprocessor", enabled=True)
    exporter._preprocessors[-1].remove_input_tags = {"remove_input"}
    return exporter


def target_of(name: str) -> str:
    "Name the page of the site that a notebook becomes."
    return re.sub(r"^[0-9]+_", "", Path(name).stem) + ".html"


def title_of(cells: list) -> str:
    "Read a page's title."
    return cells[0].source.splitlines()[0].removeprefix("# ").strip()


def fold_code(soup: BeautifulSoup) -> None:
    "Put the code that Quarto folds behind a line to click on."
    for code in soup.select(".celltag_fold .input"):
        summary = BeautifulSoup("<summary>Code</summary>", "html.parser")
        code.wrap(soup.new_tag("details")).insert(0, summary)


def name_headings(soup: BeautifulSoup) -> None:
    "Give every heading the anchor that Quarto gives it."
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        for anchor in heading.find_all("a", class_="anchor-link"):
            anchor.decompose()
        heading["id"] = slug(heading.get_text())


def turn_links(soup: BeautifulSoup, targets: dict[str, str], site: str) -> None:
    "Let links to notebooks and to the site lead to the preview's pages."
    for link in soup.find_all("a", href=True):
        path, mark, anchor = link["href"].removeprefix(site).partition("#")
        link["href"] = targets.get(path, path) + mark + anchor


def inline_images(soup: BeautifulSoup) -> None:
    "Put images that lie beside the notebooks into the page."
    for image in soup.find_all("img"):
        path = NBS / image["src"]
        if path.suffix in KINDS and not urlsplit(image["src"]).scheme and path.is_file():
            data = base64.b64encode(path.read_bytes()).decode()
            image["src"] = f"data:{KINDS[path.suffix]};base64,{data}"


def render(notebooks: dict, config: dict, titles: dict[str, str], summaries: dict[str, str],
           ) -> dict[str, BeautifulSoup]:
    "Render every page; return the parsed pages by file name."
    exporter, settings = make_exporter(), get_config()
    site = f"{settings.doc_host}{settings.doc_baseurl}".rstrip("/") + "/"
    targets = {name: target_of(name) for name in titles}
    nav = navigation(config, titles)
    pages = {}
    for name, notebook in notebooks.items():
        body, _ = exporter.from_notebook_node(notebook)
        head = f"<h1>{titles[name]}</h1><p class='description'>{summaries[name]}</p>"
        ends = page_ends(config, titles, name)
        soup = BeautifulSoup(f"{STYLE}{nav}<main>{head}{body}</main>{ends}", "html.parser")
        fold_code(soup)
        name_headings(soup)
        turn_links(soup, targets, site)
        for here in soup.nav.find_all("a", href=targets[name]):
            here["aria-current"] = "page"
        pages[targets[name]] = soup
    return pages


# Settings, links, and other hosts

def as_list(value: str | list) -> list:
    "Give one or several of something as a list."
    return [value] if isinstance(value, str) else value


def named_files(config: dict) -> list[str]:
    "List the files and addresses that _quarto.yml names, besides the sidebar."
    html, website = config["format"]["html"], config["website"]
    bar = website["navbar"]
    entries = [*bar.get("left", []), *bar.get("right", [])]
    named = [entry["href"] for entry in entries if isinstance(entry, dict) and "href" in entry]
    named += as_list(config["project"].get("post-render", []))
    named += [website[key] for key in ("favicon", "image") if key in website]
    for value in (html["css"], *html["theme"].values(), *html["highlight-style"].values()):
        named += as_list(value)
    return [name for name in named if name not in THEMES]


def file_problems(config: dict) -> list[str]:
    "Look for every file that _quarto.yml names, and for hosts named in its styles."
    found = []
    for name in named_files(config):
        path = NBS / name
        if urlsplit(name).scheme:
            continue
        if not path.is_file():
            found.append(f"names {name}, which is not in nbs/")
        elif path.suffix in (".css", ".scss"):
            found += [f"{name} would ask another host: {text}"
                      for text in REMOTE_STYLE.findall(path.read_text())]
    return found


def twice(names: list[str]) -> list[str]:
    "Name what stands in a list more than once."
    return sorted({name for name in names if names.count(name) > 1})


def section_problems(sidebar: dict, titles: dict[str, str]) -> list[str]:
    "Find sections whose breadcrumb would say a name twice."
    found = []
    for section in [entry for entry in sidebar["contents"] if isinstance(entry, dict)]:
        name = section.get("section")
        inside = [titles.get(entry) for entry in pages_in(section.get("contents", []))]
        if name and name in inside:
            found.append(f"the section {name} holds a page of the same name: {name} > {name}")
        if name == sidebar["title"]:
            found.append(f"the sidebar {name} holds a section of the same name")
    return found


def sidebar_problems(config: dict, titles: dict[str, str]) -> list[str]:
    "Compare the sidebars with the pages there are, and with the navigation bar."
    sidebars = config["website"]["sidebar"]
    listed = reading_order(config)
    found = [f"{name} is in a sidebar and not in nbs/" for name in listed if name not in titles]
    found += [f"{name} is not in the sidebar" for name in titles if name not in listed]
    found += [f"{name} is in the sidebars twice" for name in twice(listed)]
    headings = [entry["section"] for sidebar in sidebars for entry in sidebar["contents"]
                if isinstance(entry, dict) and "section" in entry]
    found += [f"two sections are called {name}" for name in twice(headings)]
    found += [problem for sidebar in sidebars for problem in section_problems(sidebar, titles)]
    return found + bar_problems(config)


def config_problems(config: dict, titles: dict[str, str]) -> list[str]:
    "Check _quarto.yml."
    bar, address = config["website"]["navbar"], get_config().git_url
    found = file_problems(config) + sidebar_problems(config, titles)
    found += [f"links {entry['href']}, and settings.ini has {address}"
              for entry in bar.get("right", []) if entry.get("icon") == "github"
              and entry["href"] != address]
    return [f"_quarto.yml: {problem}" for problem in found]


def link_problems(name: str, soup: BeautifulSoup, ids: dict[str, set | None]) -> list[str]:
    "Follow the internal links of a page."
    found = []
    for link in soup.find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme in ("http", "https", "mailto"):
            continue
        there = parts.path or name
        if there not in ids:
            found.append(f"the link {link['href']!r} leads nowhere")
        elif parts.fragment and ids[there] and unquote(parts.fragment) not in ids[there]:
            found.append(f"{there} has no anchor #{parts.fragment}")
    return found


def figures_of(soup: BeautifulSoup) -> list:
    "List the images and drawings of a page."
    drawings = [svg for svg in soup.find_all("svg") if not svg.find_parent("svg")]
    return soup.find_all("img") + [svg for svg in drawings if not svg.get("aria-hidden")]


def image_problems(soup: BeautifulSoup) -> list[str]:
    "Look at the images and drawings of a page."
    found = []
    for figure in figures_of(soup):
        if figure.name == "svg":
            if figure.get("role") != "img" or not figure.get("aria-label"):
                found.append('a drawing without role="img" and aria-label')
            continue
        source = figure["src"]
        path = NBS / source
        if not urlsplit(source).scheme and not path.is_file():
            found.append(f"the image {source} is not there")
        elif not urlsplit(source).scheme and path.stat().st_size > MOST_FIGURE:
            found.append(f"{source} has {path.stat().st_size:,} bytes; at most {MOST_FIGURE:,}")
        if not figure.get("alt"):
            found.append("an image without alternative text")
    return found


def shown_text(soup: BeautifulSoup) -> str:
    "Read what a page shows as text, code cells and fenced blocks apart."
    kinds = ["p", "li", "td", "th", "h1", "h2", "h3", "h4", "figcaption"]
    outside = [tag for tag in soup.find_all(kinds) if not tag.find_parent("pre")]
    return " ".join(tag.get_text() for tag in outside)


def question_problems(pages: dict[str, BeautifulSoup]) -> list[str]:
    "Find questions whose page does not name them in a heading, where a search looks first."
    found = []
    for words, name in ANSWERED_BY.items():
        headings = pages[name].find_all(re.compile("^h[1-6]$")) if name in pages else []
        if not any(words in heading.get_text().lower() for heading in headings):
            found.append(f"{name}: no heading holds {words!r}, which it is to answer")
    return found


def text_problems(soup: BeautifulSoup) -> list[str]:
    "Look for what should have been turned into something else."
    found = []
    ids = {tag["id"] for tag in soup.find_all(id=True)}
    prose = " ".join(tag.get_text() for tag in soup.find_all(["p", "li"]))
    for label in re.findall(r"(?<!\w)@((?:fig|tbl|eq|sec)-[\w-]+)", prose):
        if label not in ids:
            found.append(f"the cross-reference @{label} has no target")
    for link in re.findall(r"\]\([^)\s]+\)", shown_text(soup)):
        found.append(f"a raw link is shown: {link}")
    for formula in re.findall(r"\$[^$\s][^$\n]*\\[^$\n]*\$", prose):
        found.append(f"a formula was not typeset: {formula}")
    for line in soup.main.get_text().splitlines():
        if re.search(r"\bAnnotated\b", line):
            found.append(f"Annotated is shown: {line.strip()[:70]}")
    return found


def host_problems(soup: BeautifulSoup) -> list[str]:
    "Find what a browser would ask of another host; a link that is clicked on is none."
    asked = [tag[name] for tag in soup.find_all(True) for name in
             ("src", "srcset", "poster", "data", "background", "xlink:href") if tag.has_attr(name)]
    asked += [tag["href"] for tag in soup.find_all(["link", "image", "use"], href=True)]
    found = [address for address in asked if REMOTE.match(address)]
    styles = [tag.get_text() for tag in soup.find_all("style")]
    styles += [tag["style"] for tag in soup.find_all(style=True)]
    found += [text for style in styles for text in REMOTE_STYLE.findall(style)]
    return [f"would ask another host: {address}" for address in found]


# All of it

def check_sources(sources: dict[str, list], notebooks: dict, problems: list[str]) -> dict[str, str]:
    "Check what nbdev made of each page, and make it ready to render; return the summaries."
    summaries = {}
    models = model_classes(sources)
    for name, notebook in notebooks.items():
        head = yaml.safe_load(notebook.cells[0].source.strip().strip("-"))
        summaries[name] = head.get("description", "")
        notebook.cells = [cell for cell in notebook.cells[1:] if cell.cell_type != "raw"]
        found = import_problems(sources[name])
        found += entry_problems(sources[name], notebook, models)
        found += prose_problems(notebook, summaries[name])
        found += prepare(notebook)
        problems += [f"{name}: {problem}" for problem in found]
    return summaries


def check_pages(pages: dict[str, BeautifulSoup], missing: list[str], problems: list[str]) -> None:
    "Check the rendered pages; `missing` are those that nbdev could not process."
    ids: dict[str, set | None] = dict.fromkeys([*missing, PLAY_SAMPLE])
    for name, soup in pages.items():
        ids[name] = {tag["id"] for tag in soup.find_all(id=True)}
    for name, soup in pages.items():
        found = link_problems(name, soup, ids) + image_problems(soup) + text_problems(soup)
        problems += [f"{name}: {problem}" for problem in found]


def whole_page_problems(path: Path, most: int | None = None) -> list[str]:
    "Look at a page that is one file, such as a report: what it asks for, and its size."
    text = path.read_text(encoding="utf-8")
    found = host_problems(BeautifulSoup(text, "html.parser"))
    size = len(text.encode())
    if most and size > most:
        found.append(f"{size:,} bytes; at most {most:,}")
    return [f"{path.name}: {problem}" for problem in found]


def write_preview(pages: dict[str, BeautifulSoup], problems: list[str]) -> None:
    "Write the pages in the style of the report, and look at what a browser gets."
    from movielens_recs.report import html_page  # heavy, and of no use to the other processes
    shutil.rmtree(PREVIEW, ignore_errors=True)
    PREVIEW.mkdir()
    for name, soup in pages.items():
        inline_images(soup)
        text = html_page(str(soup), f"{soup.h1.get_text()} - movielens_recs")
        (PREVIEW / name).write_text(text, encoding="utf-8")
        problems += whole_page_problems(PREVIEW / name, MOST_PAGE)
    write_play_sample(PREVIEW / PLAY_SAMPLE)
    problems += whole_page_problems(PREVIEW / PLAY_SAMPLE, MOST_PAGE)


def share_of_tests(sources: dict[str, list]) -> float:
    "Tell what share of the lines of code shown are tests."
    total = measure([cell for cells in sources.values() for cell in cells])
    return total["tests"] / max(total["code"], 1)


def main(others: list[str]) -> int:
    "Check all pages, and others that are named; return the exit status."
    warnings.simplefilter("error")
    started = time.monotonic()
    problems: list[str] = []
    paths = sorted(NBS.glob("*.ipynb"))
    sources = {path.name: nbformat.read(path, as_version=4).cells for path in paths}
    titles = {name: title_of(cells) for name, cells in sources.items()}
    config = yaml.safe_load((NBS / "_quarto.yml").read_text())
    problems += config_problems(config, titles)
    notebooks = process_pages(list(sources), problems)
    summaries = check_sources(sources, notebooks, problems)
    pages = render(notebooks, config, titles, summaries)
    missing = [target_of(name) for name in sources if name not in notebooks]
    check_pages(pages, missing, problems)
    problems += question_problems(pages)
    write_preview(pages, problems)
    problems += [problem for other in others for problem in whole_page_problems(Path(other))]
    tests = share_of_tests(sources)
    if tests > MOST_TESTS:
        problems.append(f"{tests:.1%} of the code shown are tests; at most {MOST_TESTS:.0%}")
    for problem in problems:
        print(problem)
    n_links = sum(len(soup.find_all("a", href=True)) for soup in pages.values())
    n_figures = sum(len(figures_of(soup)) for soup in pages.values())
    print(f"{len(pages)} pages, {n_links:,} links, {n_figures} figures, {len(problems)} problems; "
          f"preview: {PREVIEW / 'index.html'}; tests: {tests:.1%} of the code shown; "
          f"{time.monotonic() - started:.0f} s")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
