"""Finish the pages that Quarto wrote; Quarto runs this by itself (`post-render` in nbs/_quarto.yml).

Quarto adds require.js and jquery from another host to every page with HTML output. Nothing here
needs them, so they go. nbdev shows a class as a function; here it becomes a class again. Under
each title come links to the notebook and to Colab.
"""
import os
import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REMOTE_SCRIPT = re.compile(
    r'<script[^>]*\bsrc="(?:https?:)?//[^"]*(?:require|jquery)[^"]*"[^>]*>\s*</script>\n?')
DEFINES = re.compile(r"""<script[^>]*>\s*define\('jquery'.*?</script>\n?""", flags=re.DOTALL)
CLASS = re.compile(r'(?<=<span class="kw">)def(?=</span>\s+(?:<span[^>]*>)?[A-Z])')
TITLE = re.compile(r'<header id="title-block-header".*?</header>', flags=re.DOTALL)


def without_remote_scripts(html: str) -> str:
    "Take out the scripts that a page would ask of another host."
    return DEFINES.sub("", REMOTE_SCRIPT.sub("", html))


def with_classes(html: str) -> str:
    "Show a class as a class: its name begins with a capital letter."
    return CLASS.sub("class", html)


def with_notebook_links(html: str, notebook: str, repository: str, branch: str) -> str:
    "Put links to a page's notebook under its title, once."
    if 'class="notebook-links"' in html:
        return html
    place = f"{repository}/blob/{branch}/nbs/{notebook}"
    raw = f"{repository}/raw/{branch}/nbs/{notebook}"
    colab = place.replace("https://github.com", "https://colab.research.google.com/github")
    links = (f'<p class="notebook-links"><a href="{raw}" download>Download this notebook</a> · '
             f'<a href="{colab}">Open it in Colab</a></p>')
    return TITLE.sub(lambda title: f"{title[0]}\n{links}", html, count=1)


def notebooks_by_page() -> dict[str, str]:
    "Name the notebook of every page: the page's name has no number."
    names = [path.name for path in (ROOT / "nbs").glob("*.ipynb")]
    return {re.sub(r"^[0-9]+_", "", name).replace(".ipynb", ".html"): name for name in names}


def main() -> None:
    "Finish every page in Quarto's output folder."
    settings = ConfigParser(delimiters=["="])
    settings.read(ROOT / "settings.ini", encoding="utf-8")
    facts = settings["DEFAULT"]
    folder = Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"])
    notebooks = notebooks_by_page()
    for path in folder.glob("*.html"):
        html = with_classes(without_remote_scripts(path.read_text(encoding="utf-8")))
        if path.name in notebooks:
            html = with_notebook_links(
                html, notebooks[path.name], facts["git_url"], facts["branch"])
        path.write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main()
