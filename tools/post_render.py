"""Take the scripts that Quarto would ask of other hosts out of its pages; Quarto runs this (`post-render`)."""
import os
import re
from pathlib import Path

REMOTE = re.compile(r"""<script[^>]*\bsrc="(?:https?:)?//[^"]*(?:require|jquery)[^"]*"[^>]*>\s*</script>\n?"""
                    r"""|<script[^>]*>\s*define\('jquery'.*?</script>\n?""", flags=re.DOTALL)

for page in Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]).rglob("*.html"):
    page.write_text(REMOTE.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
