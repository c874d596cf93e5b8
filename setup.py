"""Everything about the package stands in settings.ini; this file only hands it to setuptools."""
import re
import shlex
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

parser = ConfigParser(delimiters=["="])
parser.read("settings.ini", encoding="utf-8")
cfg = parser["DEFAULT"]
extras = [name.removesuffix("_requirements") for name in cfg if name.endswith("_requirements")]

home = cfg["git_url"]
docs = cfg["doc_host"] + cfg["doc_baseurl"]
# A package index shows README.md away from the repository, so its links lead there.
readme = Path("README.md").read_text(encoding="utf-8")
readme = re.sub(r"!\[([^\]]*)\]\((?!http)([^)]+)\)", rf"![\1]({home}/raw/{cfg['branch']}/\2)", readme)
readme = re.sub(r"\]\((?!http|#)([^)]+)\)", rf"]({home}/blob/{cfg['branch']}/\1)", readme)

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=readme,
    long_description_content_type="text/markdown",
    author=cfg["author"],
    url=home,
    project_urls={"Documentation": docs, "Changes": f"{home}/blob/{cfg['branch']}/CHANGELOG.md",
                  "Issues": f"{home}/issues"},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Intended Audience :: Education",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        *[f"Programming Language :: Python :: {one}" for one in ("3.11", "3.12", "3.13", "3.14")],
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    keywords=shlex.split(cfg["keywords"]),
    license="Apache-2.0",
    license_files=["LICENSE"],
    package_data={cfg["lib_name"]: ["templates/*", "data/films.csv", "py.typed"]},
    packages=find_packages(include=[cfg["lib_name"], cfg["lib_name"] + ".*"]),
    python_requires=">=" + cfg["min_python"],
    install_requires=shlex.split(cfg["requirements"]),
    extras_require={extra: shlex.split(cfg[f"{extra}_requirements"]) for extra in extras},
    entry_points={
        "console_scripts": shlex.split(cfg["console_scripts"]),
        "nbdev": [f"{cfg['lib_name']}={cfg['lib_name']}._modidx:d"],
    },
)
