"""Finish the pages that Quarto wrote; Quarto runs this (`post-render` in nbs/_quarto.yml).

Quarto adds require.js and jquery from another host to every page with HTML output. Nothing here
needs them, so they go. nbdev shows a class as a function; here it becomes a class again. Under
each title come links to the notebook and to Colab, and the links to the page before and after go
on from one part of the site to the next. A list of all pages for language models is written too
(llms.txt, https://llmstxt.org; Quarto writes one from version 1.9 on, and older ones refuse the
setting).
"""
import json
import os
import re
import shutil
from configparser import ConfigParser
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NBS = ROOT / "nbs"
REMOTE_SCRIPT = re.compile(
    r'<script[^>]*\bsrc="(?:https?:)?//[^"]*(?:require|jquery)[^"]*"[^>]*>\s*</script>\n?')
DEFINES = re.compile(r"""<script[^>]*>\s*define\('jquery'.*?</script>\n?""", flags=re.DOTALL)
CLASS = re.compile(r'(?<=<span class="kw">)def(?=</span>\s+(?:<span[^>]*>)?[A-Z])')
TITLE = re.compile(r'<header id="title-block-header".*?</header>', flags=re.DOTALL)
CONTENT_ENDS = re.compile(r"</div>\s*<!-- /content -->")
NAVIGATION = """<nav class="page-navigation">
  <div class="nav-page nav-page-previous">
  </div>
  <div class="nav-page nav-page-next">
  </div>
</nav>
"""


def without_remote_scripts(html: str) -> str:
    "Take out the scripts that a page would ask of another host."
    return DEFINES.sub("", REMOTE_SCRIPT.sub("", html))


def with_classes(html: str) -> str:
    "Show a class as a class: its name begins with a capital letter."
    return CLASS.sub("class", html)


def with_sidebar_class(html: str) -> str:
    "Say on the body of a page with a sidebar that it has one."
    # Quarto looks for the sidebar by the notebook's name, and finds none where the page's differs.
    body = re.search("<body[^>]*>", html)
    if not body or 'id="quarto-sidebar"' not in html or "nav-sidebar" in body[0]:
        return html
    marked = body[0].replace('class="', 'class="nav-sidebar ', 1)
    return html.replace(body[0], marked, 1)


def with_notebook_links(html: str, notebook: str, repository: str, branch: str) -> str:
    "Put links to a page's notebook under its title, once; the notebook lies beside the page."
    if 'class="notebook-links"' in html:
        return html
    place = f"{repository}/blob/{branch}/nbs/{notebook}"
    colab = place.replace("https://github.com", "https://colab.research.google.com/github")
    links = ('<p class="notebook-links">'
             f'<a href="{notebook}" download>Download this notebook</a> · '
             f'<a href="{colab}">Open it in Colab</a>, and run '
             f"<code>%pip install git+{repository}</code> there first</p>")
    return TITLE.sub(lambda title: f"{title[0]}\n{links}", html, count=1)


def with_neighbour(html: str, side: str, neighbour: tuple[str, str] | None) -> str:
    "Fill the place of the previous or the next page, where Quarto left it empty."
    if not neighbour:
        return html
    page, title = neighbour
    if 'class="page-navigation"' not in html:
        html = CONTENT_ENDS.sub(lambda end: NAVIGATION + end[0], html, count=1)
    text = f'<span class="nav-page-text">{escape(title)}</span>'
    arrow = {"previous": '<i class="bi bi-arrow-left-short"></i> {}',
             "next": '{} <i class="bi bi-arrow-right-short"></i>'}[side]
    link = f'<a href="{page}" class="pagination-link">{arrow.format(text)}</a>'
    empty = re.compile(rf'(<div class="nav-page nav-page-{side}">)\s*(</div>)')
    return empty.sub(lambda found: f"{found[1]}{link}{found[2]}", html, count=1)


def page_of(notebook: str) -> str:
    "Name the page of a notebook, which has no number."
    return re.sub(r"^[0-9]+_", "", notebook).replace(".ipynb", ".html")


def notebooks_by_page() -> dict[str, str]:
    "Name the notebook of every page."
    return {page_of(path.name): path.name for path in NBS.glob("*.ipynb")}


def reading_order(settings: str) -> list[str]:
    "List the notebooks in the sidebars of _quarto.yml, in order."
    sidebars = settings.partition("\n  sidebar:\n")[2]
    return re.findall(r"^ +- (\w+\.ipynb)$", sidebars, flags=re.MULTILINE)


def head_of(notebook: str) -> tuple[str, str]:
    "Read the title of a notebook, and its line of purpose."
    cells = json.loads((NBS / notebook).read_text(encoding="utf-8"))["cells"]
    title, purpose = "".join(cells[0]["source"]).splitlines()[:2]
    return title.removeprefix("# ").strip(), purpose.removeprefix("> ").strip()


def titled_page(notebook: str) -> tuple[str, str]:
    "Name the page of a notebook, and its title."
    return page_of(notebook), head_of(notebook)[0]


def list_of_pages(order: list[str], site: str) -> str:
    "Write what stands on which page, as llms.txt."
    title, purpose = head_of(order[0])
    lines = [f"# {title}", "", f"> {purpose}", "", "## Pages", ""]
    for notebook in order[1:]:
        title, purpose = head_of(notebook)
        lines.append(f"- [{title}]({site}/{page_of(notebook)}): {purpose}")
    return "\n".join([*lines, ""])


def neighbours(order: list[str], notebook: str) -> dict[str, tuple[str, str] | None]:
    "Find the pages before and after a notebook's."
    place = order.index(notebook)
    before = order[place - 1:place]
    after = order[place + 1:place + 2]
    return {"previous": titled_page(before[0]) if before else None,
            "next": titled_page(after[0]) if after else None}


def finished(html: str, notebook: str, order: list[str], repository: str, branch: str) -> str:
    "Do all that a notebook's page needs."
    html = with_sidebar_class(html)
    html = with_notebook_links(html, notebook, repository, branch)
    if notebook in order:
        for side, neighbour in neighbours(order, notebook).items():
            html = with_neighbour(html, side, neighbour)
    return html


def main() -> None:
    "Finish every page in Quarto's output folder."
    settings = ConfigParser(delimiters=["="])
    settings.read(ROOT / "settings.ini", encoding="utf-8")
    facts = settings["DEFAULT"]
    folder = Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"])
    order = reading_order((NBS / "_quarto.yml").read_text(encoding="utf-8"))
    notebooks = notebooks_by_page()
    site = facts["doc_host"] + facts["doc_baseurl"]
    (folder / "llms.txt").write_text(list_of_pages(order, site), encoding="utf-8")
    for path in folder.glob("*.html"):
        html = with_classes(without_remote_scripts(path.read_text(encoding="utf-8")))
        notebook = notebooks.get(path.name)
        if notebook:
            html = finished(html, notebook, order, facts["git_url"], facts["branch"])
            shutil.copyfile(NBS / notebook, folder / notebook)
        path.write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main()
