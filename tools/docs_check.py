"""Check the documentation as far as that goes without Quarto, and write a preview that opens from disk.

    python tools/docs_check.py            pages into _preview/, problems on stdout; exit 1 when there are any

Every page is processed as nbdev does before Quarto, rendered with nbconvert, and then looked at as a reader's browser
would: links, anchors, images, cross-references, alternative texts, sizes; and nbs/_quarto.yml with every file it names.
"""
import base64
import re
import shutil
import sys
import warnings
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import yaml
from bs4 import BeautifulSoup
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbdev.config import get_config
from nbdev.serve import proc_nbs

from movielens_recs.report import html_page

ROOT = Path(__file__).resolve().parents[1]
NBS, PREVIEW = ROOT / "nbs", ROOT / "_preview"
MOST_PAGE, MOST_FIGURE = 1_500_000, 100_000
THEMES = {"default"}  # Quarto's own that need no web font
STYLE = """<style>nav ul { list-style: none; padding: 0; font-size: .9rem; } nav b { display: inline-block; min-width: 5.5rem; font-weight: normal; color: #5a636d; } nav a { margin-right: .8rem; } nav [aria-current] { font-weight: bold; text-decoration: none; }
.description { font-size: 1.15rem; } .highlight pre { white-space: pre-wrap; } .highlight .k, .highlight .kn, .highlight .ow { color: #7a3e9d; } .highlight .s1, .highlight .s2, .highlight .sd { color: #1a7f4b; } .highlight .c1 { color: #767d85; }
@media (prefers-color-scheme: dark) { .highlight .k, .highlight .kn, .highlight .ow { color: #d8a6e8; } .highlight .s1, .highlight .s2, .highlight .sd { color: #8fd6a9; } }</style>"""


def slug(text: str) -> str:
    "Name a heading's anchor as pandoc does."
    kept = re.sub(r"[^\w\s.-]", "", text.lower())
    return re.sub(r"^[^a-z]+", "", re.sub(r"\s+", "-", kept.strip()))


def typeset(text: str) -> str:
    "Turn TeX between dollars into MathML, outside of code."
    def math(match):
        if match[1] is not None: return match[0]
        display = match[2] is not None
        return convert(match[2] if display else match[3], display="block" if display else "inline").replace("\n", " ")
    return re.sub(r"(```.*?```|`[^`\n]*`)|\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<![\s\\])\$(?!\d)", math, text, flags=re.DOTALL)


def options(cell) -> dict[str, str]:
    "Take the `#|` lines off a code cell."
    found = dict(re.findall(r"^#\|\s*([\w-]+):?[ \t]*(.*)$", cell.source, flags=re.MULTILINE))
    cell.source = re.sub(r"^#\|.*\n?", "", cell.source, flags=re.MULTILINE)
    return {name: value.strip().strip('"') for name, value in found.items()}


def clean_markdown(text: str) -> str:
    "Drop pandoc's attributes after a link; typeset formulas."
    return typeset(re.sub(r"(\]\([^)]*\))\{[^}]*\}", r"\1", text))


def prepare(notebook, page: str, problems: list[str]) -> tuple[str, str]:
    "Make a processed notebook ready for nbconvert; return its title and summary."
    head = yaml.safe_load(notebook.cells[0].source.strip().strip("-"))
    notebook.cells = [cell for cell in notebook.cells[1:] if cell.cell_type != "raw"]
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
        if cell.cell_type == "markdown": cell.source = clean_markdown(cell.source)
        if cell.cell_type != "code": continue
        option = options(cell)
        hidden = option.get("echo") == "false" or not cell.source.strip()
        cell.metadata.tags = ["remove_input"] if hidden else ["fold"] if option.get("code-fold") == "true" else []
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/markdown" in data: data["text/markdown"] = clean_markdown(data["text/markdown"])
            if "image/png" not in data: continue
            size = len(base64.b64decode(data["image/png"]))
            if size > MOST_FIGURE: problems.append(f"{page}: a figure of {size:,} bytes; at most {MOST_FIGURE:,}")
            for name in ("fig-alt", "fig-cap"):
                if not option.get(name): problems.append(f"{page}: a figure without {name}, made by: {cell.source.splitlines()[0]}")
            cell.metadata.alt, data["text/plain"] = option.get("fig-alt", ""), option.get("fig-cap", "")
        if option.get("fig-cap"): cell.outputs.append(nbformat.v4.new_output("display_data", {"text/html": f'<figcaption>{option["fig-cap"]}</figcaption>'}))
        if any(output.output_type == "error" or output.get("name") == "stderr" for output in cell.outputs): problems.append(f"{page}: an error or a warning is stored in the outputs")
    return head["title"], head.get("description", "")


def navigation(config: dict, titles: dict[str, str]) -> str:
    "Write the sidebar as a list of links."
    def links(entries): return " ".join(f'<a href="{entry}">{titles.get(entry, entry)}</a>' for entry in entries)
    items = [f'<li><b>{section["section"]}</b> {links(section["contents"])}</li>' for section in config["website"]["sidebar"]["contents"]]
    return f"<nav><ul>{''.join(items)}</ul></nav>"


def check_config(problems: list[str]) -> dict:
    "Read _quarto.yml, and look for every page and file it names."
    config = yaml.safe_load((NBS / "_quarto.yml").read_text())
    html, website = config["format"]["html"], config["website"]
    named = [*website["navbar"].get("left", []), *website["navbar"].get("right", []), *[{"href": website[key]} for key in ("favicon", "image") if key in website]]
    styles = [html["css"]] if isinstance(html["css"], str) else html["css"]
    themes = [name for theme in html["theme"].values() for name in ([theme] if isinstance(theme, str) else theme) if name not in THEMES]
    for name in [*[entry["href"] for entry in named if "href" in entry], *styles, *themes]:
        if not urlsplit(name).scheme and not (NBS / name).is_file(): problems.append(f"_quarto.yml names {name}, which is not in nbs/")
    listed = [entry for section in website["sidebar"]["contents"] for entry in section["contents"]]
    pages = {path.name for path in NBS.glob("*.ipynb")}
    problems += [f"_quarto.yml: {name} is in the sidebar and not in nbs/" for name in listed if name not in pages]
    problems += [f"_quarto.yml: {name} is not in the sidebar" for name in sorted(pages - set(listed))]
    address = get_config().git_url
    problems += [f"_quarto.yml links {entry['href']}, and settings.ini has {address}" for entry in named if entry.get("icon") == "github" and entry["href"] != address]
    problems += [f"_quarto.yml: {name} is in the sidebar twice" for name in sorted({name for name in listed if listed.count(name) > 1})]
    return config


def render(problems: list[str]) -> dict[str, BeautifulSoup]:
    "Render every page; return the parsed pages by file name."
    config, settings = check_config(problems), get_config()
    processed = Path(proc_nbs(force=True, n_workers=2))
    sources = sorted(path.name for path in NBS.glob("*.ipynb"))
    target = {name: f"{'index' if name == 'index.ipynb' else re.sub(r'^[0-9]+_', '', Path(name).stem)}.html" for name in sources}
    site = f"{settings.doc_host}{settings.doc_baseurl}".rstrip("/") + "/"
    exporter, pages, titles = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True), {}, {}
    exporter.register_preprocessor("nbconvert.preprocessors.TagRemovePreprocessor", enabled=True)
    exporter._preprocessors[-1].remove_input_tags = {"remove_input"}
    for name in sources:
        notebook = nbformat.read(processed / name, as_version=4)
        titles[name], summary = prepare(notebook, name, problems)
        pages[target[name]] = BeautifulSoup(f"{STYLE}@nav@<main><h1>{titles[name]}</h1><p class='description'>{summary}</p>{exporter.from_notebook_node(notebook)[0]}</main>", "html.parser")
    nav = navigation(config, titles)
    for name, soup in pages.items():
        soup = pages[name] = BeautifulSoup(str(soup).replace("@nav@", nav, 1), "html.parser")
        for code in soup.select(".celltag_fold .input"):
            code.wrap(soup.new_tag("details")).insert(0, BeautifulSoup("<summary>Code</summary>", "html.parser"))
        for heading in soup.find_all(re.compile("^h[1-6]$")):
            for anchor in heading.find_all("a", class_="anchor-link"): anchor.decompose()
            heading["id"] = slug(heading.get_text())
        for link in soup.find_all("a", href=True):
            href = link["href"].removeprefix(site)
            path, _, anchor = href.partition("#")
            link["href"] = target.get(path, path) + (f"#{anchor}" if anchor else "")
        soup.nav.find("a", href=name)["aria-current"] = "page"
    return pages


def check_links(pages: dict[str, BeautifulSoup], problems: list[str]) -> int:
    "Follow every internal link, anchor and image; return how many links there are."
    n_links, ids = 0, {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in pages.items()}
    for name, soup in pages.items():
        for link in soup.find_all("a", href=True):
            n_links += 1
            parts = urlsplit(link["href"])
            if parts.scheme in ("http", "https", "mailto"): continue
            there = parts.path or name
            if there not in pages: problems.append(f"{name}: the link {link['href']!r} leads nowhere")
            elif parts.fragment and unquote(parts.fragment) not in ids[there]: problems.append(f"{name}: {there} has no anchor #{parts.fragment}")
        for image in soup.find_all("img"):
            if not image["src"].startswith("data:") and not (NBS / image["src"]).is_file(): problems.append(f"{name}: the image {image['src']} is not there")
            if not image.get("alt"): problems.append(f"{name}: an image without alternative text")
        prose = " ".join(tag.get_text() for tag in soup.find_all(["p", "li"]))
        problems += [f"{name}: the cross-reference @{label} has no target" for label in re.findall(r"(?<!\w)@((?:fig|tbl|eq|sec)-[\w-]+)", prose) if label not in ids[name]]
        problems += [f"{name}: a formula was not typeset: {formula}" for formula in re.findall(r"\$[^$\s][^$\n]*\\[^$\n]*\$", prose)]
    return n_links


def main() -> int:
    warnings.simplefilter("error")
    problems: list[str] = []
    pages = render(problems)
    n_links = check_links(pages, problems)
    shutil.rmtree(PREVIEW, ignore_errors=True)
    PREVIEW.mkdir()
    for name, soup in pages.items():
        text = html_page(str(soup), f"{soup.h1.get_text()} - movielens_recs")
        if len(text.encode()) > MOST_PAGE: problems.append(f"{name}: {len(text.encode()):,} bytes; at most {MOST_PAGE:,}")
        (PREVIEW / name).write_text(text, encoding="utf-8")
    for problem in problems: print(problem)
    figures = sum(len(soup.find_all("img")) for soup in pages.values())
    print(f"{len(pages)} pages, {n_links:,} links, {figures} figures, {len(problems)} problems; preview: {PREVIEW / 'index.html'}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
