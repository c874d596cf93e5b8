"""Quarto runs this (`post-render`): no scripts of other hosts in its pages, and a report and a play page of the sample."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

REMOTE = re.compile(r"""<script[^>]*\bsrc="(?:https?:)?//[^"]*(?:require|jquery)[^"]*"[^>]*>\s*</script>\n?"""
                    r"""|<script[^>]*>\s*define\('jquery'.*?</script>\n?""", flags=re.DOTALL)

site = Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"])
for page in site.rglob("*.html"):
    page.write_text(REMOTE.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")

(site / "sample").mkdir(exist_ok=True)
with TemporaryDirectory() as folder:
    models = "popularity,ease,next-item,blend"
    subprocess.run([sys.executable, "-m", "movielens_recs", "run", "--quiet", "--models", models, "--output", f"{folder}/run"],
                   env=os.environ | {"MOVIELENS_RECS_DATA": folder}, stdout=subprocess.DEVNULL, check=True)
    for name in ("report.html", "play.html"):
        shutil.copy(f"{folder}/run/{name}", site / "sample" / name)
