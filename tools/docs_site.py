"""Know the order of the site's pages, and what may stand in its navigation bar.

`tools/docs_check.py` checks with it. `tools/post_render.py` reads the order of the pages with the
standard library alone, because Quarto runs it; a test compares the two.
"""


def pages_in(entries: list) -> list[str]:
    "List the pages of a sidebar, those of its sections too, in order; links elsewhere are none."
    found = []
    for entry in entries:
        if isinstance(entry, str):
            found.append(entry)
        else:
            found += pages_in(entry.get("contents", []))
    return found


def reading_order(config: dict) -> list[str]:
    "List all pages, one sidebar after the other."
    sidebars = config["website"]["sidebar"]
    return [page for sidebar in sidebars for page in pages_in(sidebar["contents"])]


def neighbours(order: list[str], name: str) -> tuple[str | None, str | None]:
    "Name the pages before and after a page."
    if name not in order:
        return None, None
    place = order.index(name)
    before = order[place - 1] if place else None
    after = order[place + 1] if place + 1 < len(order) else None
    return before, after


def navigation(config: dict, titles: dict[str, str]) -> str:
    "Write the sidebars as lists of links."
    items = []
    for sidebar in config["website"]["sidebar"]:
        links = [f'<a href="{entry}">{titles.get(entry, entry)}</a>'
                 for entry in pages_in(sidebar["contents"])]
        items.append(f"<li><b>{sidebar['title']}</b> {' '.join(links)}</li>")
    return f"<nav><ul>{''.join(items)}</ul></nav>"


def page_ends(config: dict, titles: dict[str, str], name: str) -> str:
    "Write the links to the pages before and after a page."
    before, after = neighbours(reading_order(config), name)
    links = [f'{word}: <a href="{page}">{titles.get(page, page)}</a>'
             for word, page in (("Before", before), ("Next", after)) if page]
    return f'<p class="next">{" · ".join(links)}</p>' if links else ""


def bar_problems(config: dict) -> list[str]:
    "Compare the navigation bar with the sidebars: one entry each, which leads to its first page."
    # Quarto turns a bare `sidebar:id` into a menu, and marks no menu as active. It marks the first
    # entry whose page stands in the sidebar shown, so no entry may lead to another's page.
    shown = config["website"]["navbar"]["left"]
    wanted = [{"text": sidebar["title"], "href": pages_in(sidebar["contents"])[0]}
              for sidebar in config["website"]["sidebar"]]
    if shown == wanted:
        return []
    return [f"the navigation bar shows {shown}; one entry a sidebar would be {wanted}"]
