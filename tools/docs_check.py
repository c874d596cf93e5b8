"""Check the documentation as far as that goes without Quarto, and write a preview of it.

    python tools/docs_check.py    pages into _preview/, problems on stdout; exit status 1 where there are any

Every page is processed as nbdev does before Quarto and rendered with nbconvert. Then: does every link lead somewhere,
is every figure described and small, is anything asked of another host, is every page in the sidebar, in the order of its
number, is an error or a warning stored? Does some cell of a page print or assert each decimal in its prose, does a hidden one
assert what models are compared, is source folded where it is no lesson, and does a page answer what people search for?
"""
import multiprocessing
import re
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import yaml
from bs4 import BeautifulSoup
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbdev import serve_drv
from nbdev.config import get_config
from nbdev.processors import FilterDefaults

ROOT = Path(__file__).resolve().parents[1]
NBS, PREVIEW = ROOT / "nbs", ROOT / "_preview"
MOST_PAGE, MOST_FIGURE = 1_500_000, 150_000  # bytes
PLUMBING = ("data", "experiments", "apps", "scale")  # rooms whose source is no lesson
OF_SAMPLE = ("sample/report.html", "sample/play.html")  # which tools/post_render.py makes
MOST_OPEN = 12  # lines of code that stand open there
DECIMAL = re.compile(r"(?<![\w./])\d\.\d{3,4}(?!\w|\.\d)")
MODEL = re.compile(r"\b(popularity|item-knn|rp3beta|als|ease|next-item|next-session|blend)\b")
COMPARES = re.compile(r"\b(?:more|less|fewer|better|worse|higher|lower|best|most|least|twice|half|times as|as much|ahead|behind|first|last|only)\b")
QUESTIONS = {  # what people search for -> the page that answers
    "quickstart": "five_minutes.ipynb", "leave one out": "evaluation/01_split.ipynb",
    "cross validation": "evaluation/01_split.ipynb", "global temporal split": "evaluation/01_split.ipynb",
    "next basket": "evaluation/01_split.ipynb", "negative sampling": "evaluation/02_metrics.ipynb",
    "catalogue coverage": "evaluation/02_metrics.ipynb", "session based": "models/05_next_item.ipynb",
    "embeddings": "models/03_als.ipynb", "ensemble": "models/07_blend.ipynb",
    "hyperparameter": "experiments/01_tuning.ipynb", "custom model": "models/01_recommend.ipynb",
    "cold start": "glossary.ipynb", "fold in": "glossary.ipynb"}
REMOTE = re.compile(r"\s*(?:https?:)?//")
REMOTE_STYLE = re.compile(r"""(?:@import\s+|url\()\s*["']?\s*(?:https?:)?//[^"')\s]*""")


def sidebar(config: dict) -> dict[str, list[str]]:
    "List the pages of every section, in order."
    return {one["section"]: [page for page in one["contents"] if isinstance(page, str)]
            for one in config["website"]["sidebar"]["contents"]}


def page_of(name: str) -> str:
    "Name the page of the site that a notebook becomes."
    path = Path(name)
    return str(path.with_name(re.sub(r"^[0-9]+_", "", path.stem) + ".html"))


def head_of(nb: nbformat.NotebookNode) -> tuple[str, str]:
    "Read a page's title and its line of purpose."
    lines = nb.cells[0].source.splitlines()
    return lines[0].removeprefix("# ").strip(), lines[1].removeprefix("> ").strip()


def sidebar_problems(config: dict, names: list[str]) -> list[str]:
    "Compare the sidebar with the pages there are and with their numbers, and look for the files it names."
    listed = [page for pages in sidebar(config).values() for page in pages]
    found = [f"{name} is in the sidebar and not in nbs/" for name in listed if name not in names]
    found += [f"{name} is not in the sidebar" for name in names if name not in listed]
    first = [one["href"] for part in config["website"]["sidebar"]["contents"] for one in part["contents"]
             if isinstance(one, dict) and not REMOTE.match(one["href"])]
    found += [f"{name} is in the sidebar and not in nbs/" for name in first if name not in names]
    for pages in sidebar(config).values():
        numbered = [page for page in pages if "/" in page]
        if numbered != sorted(numbered):
            found.append(f"{numbered} do not stand in the order of their numbers")
    html = config["format"]["html"]
    named = [*html["theme"].values(), *html["highlight-style"].values(), html["css"], config["website"]["favicon"]]
    found += [f"names {name}, which is not in nbs/" for name in named if not (NBS / name).is_file()]
    return [f"_quarto.yml: {one}" for one in found]


def prose_problems(name: str, nb: nbformat.NotebookNode) -> list[str]:
    "Find decimals in prose that no cell prints or asserts, and open source where it is no lesson."
    prose, known, found = "", "", []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            prose += re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|\$[^$]*\$", " ", cell.source, flags=re.DOTALL)
            continue
        known += cell.source + str(cell.get("outputs", ""))
        code, option = re.sub(r"^#\|.*\n?", "", cell.source, flags=re.MULTILINE).splitlines(), options(cell.source)
        if name.split("/")[0] in PLUMBING and len(code) > MOST_OPEN and option.get("code-fold") != "true" and (
                not {"hide", "export", "exporti"} & {*option} and option.get("echo") != "false"):
            found.append(f"{len(code)} lines of source stand open: {code[0][:60]!r}")
    numbers = [float(one) for one in re.findall(r"(?<![\w.])\d?\.\d+", known)]
    return found + [f"no cell prints or asserts {text}" for text in dict.fromkeys(DECIMAL.findall(prose))
                    if not any(abs(number - float(text)) <= .501 * 10.0 ** -len(text.split(".")[1]) for number in numbers)]


def compare_problems(nb: nbformat.NotebookNode) -> list[str]:
    "Find sentences that compare models, or one with a figure, whose models no hidden cell asserts together."
    checks = [cell.source.lower().replace("_", "-") for cell in nb.cells if cell.cell_type == "code"
              and "hide" in options(cell.source) and re.search(r"\b(?:assert|test_\w+|close)\b", cell.source)]
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    lines = [line for line in re.sub(r"\]\([^)]*\)|[\[*]", "", text).splitlines() if line[:1] not in "#|$>- "]
    found = []
    for sentence in re.split(r"(?<=[.:;!?])\s+", " ".join(lines)):
        names = set(MODEL.findall(sentence.lower().replace("nextitem", "next-item").replace("nextsession", "next-session")))
        compares = COMPARES.search(sentence.lower())
        if compares and (len(names) > 1 or names and DECIMAL.search(sentence)) and (
                not any(all(name in check for name in names) for check in checks)):
            found.append(f"no hidden cell asserts {', '.join(sorted(names))} together: {sentence[:60]!r}")
    return found


def process_pages(names: list[str], problems: list[str]) -> dict[str, nbformat.NotebookNode]:
    "Process pages as nbdev does before Quarto; one that fails is a problem."
    found = {}
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(
            2, multiprocessing.get_context("spawn")) as pool:
        paths = {name: Path(folder) / name.replace("/", "--") for name in names}
        jobs = {name: pool.submit(serve_drv.main, (NBS / name, path, FilterDefaults)) for name, path in paths.items()}
        for name, job in jobs.items():
            if job.exception():
                problems.append(f"{name}: nbdev cannot process it: {' '.join(str(job.exception()).split())[-300:]}")
            else:
                found[name] = nbformat.read(paths[name], as_version=4)
    return found


def options(source: str) -> dict[str, str]:
    "Read Quarto's options of a cell."
    found = re.findall(r"^#\|\s*([\w-]+):?[ \t]*(.*)$", source, flags=re.MULTILINE)
    return {name: value.strip().strip('"') for name, value in found}


def typeset(text: str) -> str:
    "Turn TeX between dollars into MathML, outside of code; drop pandoc's attributes of links."
    def math(match):
        code, display, inline = match.groups()
        return code if code is not None else convert(
            inline if display is None else display, display="inline" if display is None else "block").replace("\n", " ")
    text = re.sub(r"(\]\([^)]*\))\{[^}]*\}", r"\1", text)
    return re.sub(r"(```.*?```|`[^`\n]*`)|\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?!\d)",
                  math, text, flags=re.DOTALL)


def cell_problems(cell: nbformat.NotebookNode) -> list[str]:
    "Look at the outputs of a cell, and make it ready to render."
    option, first = options(cell.source), cell.source.partition("\n")[0][:60]
    hides = "false" in (option.get("echo"), option.get("include"))
    cell.source = re.sub(r"^#\|.*\n?", "", cell.source, flags=re.MULTILINE)
    tags = ["remove_input"] if hides or not cell.source.strip() else []
    tags += ["fold"] if option.get("code-fold") == "true" else []
    cell.metadata = nbformat.NotebookNode(tags=tags)
    if "false" in (option.get("output"), option.get("include")):
        cell.outputs = []
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "error" or output.get("name") == "stderr":
            found.append(f"an error or a warning is stored under {first!r}")
        if "text/markdown" in data:
            data["text/markdown"] = typeset(data["text/markdown"])
        if "image/png" in data:
            found.append(f"a figure as PNG, which fits one theme only: {first!r}")
        if "image/svg+xml" in data:
            svg = data["image/svg+xml"]
            if len(svg.encode()) > MOST_FIGURE:
                found.append(f"a figure of {len(svg.encode()):,} bytes: {first!r}")
            found += [f"a figure without {name}: {first!r}" for name in ("fig-alt", "fig-cap") if not option.get(name)]
            label = f'<svg role="img" aria-label="{escape(option.get("fig-alt", ""))}"'
            data["image/svg+xml"] = svg[svg.index("<svg"):].replace("<svg", label, 1)
    return found


def render(name: str, nb: nbformat.NotebookNode, exporter: HTMLExporter, problems: list[str]) -> BeautifulSoup:
    "Render a processed page; headings get the anchors that pandoc gives them."
    nb.cells = [cell for cell in nb.cells[1:] if cell.cell_type != "raw"]
    for cell in nb.cells:
        if cell.cell_type == "code":
            problems += [f"{name}: {one}" for one in cell_problems(cell)]
        else:
            cell.source, cell.metadata = typeset(cell.source), nbformat.NotebookNode()
    soup = BeautifulSoup(f"<main>{exporter.from_notebook_node(nb)[0]}</main>", "html.parser")
    for source in soup.select(".celltag_fold .input"):
        folded = source.wrap(soup.new_tag("details"))
        folded.insert(0, BeautifulSoup("<summary>Code</summary>", "html.parser"))
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        for anchor in heading.find_all("a", class_="anchor-link"):
            anchor.decompose()
        kept = re.sub(r"[^\w\s.-]", "", heading.get_text().lower())
        heading["id"] = re.sub(r"^[^a-z]+", "", re.sub(r"\s+", "-", kept.strip()))
    return soup


def link_problems(name: str, soup: BeautifulSoup, ids: dict[str, set]) -> list[str]:
    "Follow the links of a page to other pages, and let them lead to the preview's."
    found = []
    site = get_config().doc_host + get_config().doc_baseurl + "/"
    notebooks = {page_of(one): one for one in ids}
    for link in soup.find_all("a", href=True):
        address, _, anchor = link["href"].removeprefix(site).partition("#")  # of a name in backticks, by nbdev
        if link["href"].startswith(site) and address not in OF_SAMPLE and anchor.lower() not in ids.get(notebooks.get(address), ()):
            found.append(f"{anchor} has no entry of its own on {address}")
        parts = urlsplit(link["href"])
        if parts.scheme in ("http", "https", "mailto"):
            continue
        there = str((Path(name).parent / unquote(parts.path)).as_posix()) if parts.path else name
        there = str(Path(*[part for part in (NBS / there).resolve().relative_to(NBS).parts])) if parts.path else name
        if there not in ids:
            found.append(f"the link {link['href']!r} leads nowhere")
        elif parts.fragment and unquote(parts.fragment) not in ids[there]:
            found.append(f"{there} has no anchor #{parts.fragment}")
        if parts.path.endswith(".ipynb"):
            link["href"] = page_of(parts.path) + (f"#{parts.fragment}" if parts.fragment else "")
    return found


def page_problems(name: str, soup: BeautifulSoup) -> list[str]:
    "Find what a browser would ask of another host, images without text, and raw links."
    found = []
    for tag in soup.find_all(True):
        asked = [tag[key] for key in ("src", "srcset", "poster", "data") if tag.has_attr(key)]
        asked += [tag["href"]] if tag.name in ("link", "image", "use") and tag.has_attr("href") else []
        asked += REMOTE_STYLE.findall(tag.get("style", "") + (tag.get_text() if tag.name == "style" else ""))
        found += [f"would ask another host: {one}" for one in asked if REMOTE.match(one) or REMOTE_STYLE.match(one)]
        if tag.name == "img" and not tag.get("alt"):
            found.append("an image without alternative text")
        if tag.name == "img" and not tag["src"].startswith("data:") and not (NBS / Path(name).parent / tag["src"]).is_file():
            found.append(f"the image {tag['src']} is not there")
    prose = " ".join(tag.get_text() for tag in soup.find_all(["p", "li", "td"]) if not tag.find_parent("pre"))
    return found + [f"a raw link is shown: {one}" for one in re.findall(r"\]\([^)\s]+\)", prose)]


def write_preview(name: str, title: str, purpose: str, soup: BeautifulSoup) -> int:
    "Write a page in the style of the report; return its size."
    from movielens_recs.experiments.experiment import render as fill
    path = PREVIEW / page_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    template = fill("page.html", path).read_text(encoding="utf-8").replace(
        "<title></title>", f"<title>{escape(title)}</title>")
    head = f"<h1>{escape(title)}</h1><p class='description'>{escape(purpose)}</p>"
    text = template.replace("<body>", f"<body>{head}{soup}")
    path.write_text(text, encoding="utf-8")
    for image in soup.find_all("img", src=re.compile("^(?!data:)")):
        shutil.copy(NBS / Path(name).parent / image["src"], path.with_name(Path(image["src"]).name))
    return len(text.encode())


def main() -> int:
    "Check all pages; return the exit status."
    problems: list[str] = []
    names = sorted(str(path.relative_to(NBS)) for path in NBS.rglob("*.ipynb")
                   if "tests" not in path.parts and not any(part[0] in "._" for part in path.relative_to(NBS).parts))
    config = yaml.safe_load((NBS / "_quarto.yml").read_text())
    problems += sidebar_problems(config, names)
    raw = {name: nbformat.read(NBS / name, as_version=4) for name in names}
    heads = {name: head_of(nb) for name, nb in raw.items()}
    problems += [f"{name}: {one}" for name, nb in raw.items() for one in prose_problems(name, nb) + compare_problems(nb)]
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    exporter.register_preprocessor("nbconvert.preprocessors.TagRemovePreprocessor", enabled=True)
    exporter._preprocessors[-1].remove_input_tags = {"remove_input"}
    pages = {name: render(name, nb, exporter, problems) for name, nb in process_pages(names, problems).items()}
    ids = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in pages.items()}
    for question, name in QUESTIONS.items():
        if name not in pages or question not in " ".join(pages[name].get_text().lower().replace("-", " ").split()):
            problems.append(f"{name} does not answer {question!r}")
    shutil.rmtree(PREVIEW, ignore_errors=True)
    for name, soup in pages.items():
        problems += [f"{name}: {one}" for one in link_problems(name, soup, ids) + page_problems(name, soup)]
        if write_preview(name, *heads[name], soup) > MOST_PAGE:
            problems.append(f"{name}: more than {MOST_PAGE:,} bytes")
    print("\n".join([*problems, f"{len(pages)} pages, {len(problems)} problems; preview: _preview/index.html"]))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
