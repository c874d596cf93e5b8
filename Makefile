# Shortcuts. The commands themselves work without make; README.md and CONTRIBUTING.md name them.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test test-slow test-ml1m test-browser prepare readme docs docs-check pages-check bench check clean

help:
	@echo "make setup      an environment in .venv with everything needed to work on the project"
	@echo "make run        the main job on the built-in sample"
	@echo "make test       every notebook, no dataset needed"
	@echo "make test-slow  the same, with the cells that try thousands of things; half an hour"
	@echo "make test-ml1m  the same, with the cells that need MovieLens 1M"
	@echo "make test-browser  pages and report in Chromium"
	@echo "make prepare    export, clean and README.md, before a commit"
	@echo "make readme     README.md from nbs/index.ipynb"
	@echo "make docs       the documentation site in _docs (needs Quarto)"
	@echo "make docs-check the same without Quarto: links, figures, settings, and a preview in _preview"
	@echo "make pages-check  run the pages again; what they print must be what is stored"
	@echo "make bench      a table of stage, seconds and memory on MovieLens 1M"
	@echo "make check      what CI checks, from a fresh clone of the last commit"
	@echo "make clean      remove what docs and builds leave behind"

setup: $(BIN)/nbdev_test

$(BIN)/nbdev_test: settings.ini setup.py
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -e ".[dev]"
	touch $@

run: setup
	$(BIN)/movielens-recs run --dataset sample

test: setup
	$(BIN)/nbdev_test

test-slow: setup
	$(BIN)/nbdev_test --flags slow

test-ml1m: setup
	$(BIN)/movielens-recs prepare --dataset ml-1m
	$(BIN)/nbdev_test --flags ml1m

test-browser: setup
	$(BIN)/pip install -e ".[browser]"
	$(BIN)/nbdev_test --flags browser

prepare: setup
	$(BIN)/nbdev_export
	$(BIN)/nbdev_clean
	$(BIN)/python tools/readme.py

readme: setup
	$(BIN)/python tools/readme.py

# README.md first: nbdev_docs leaves it alone as long as it is newer than its notebook.
docs: readme
	@PATH="$(CURDIR)/$(BIN):$$PATH"; command -v quarto >/dev/null || { \
	  echo "Quarto is missing. Install it with: $(BIN)/pip install -e '.[docs]', or from https://quarto.org" >&2; exit 1; }; \
	nbdev_docs

docs-check: setup
	$(BIN)/python tools/docs_check.py

pages-check: setup
	$(BIN)/python tools/pages_check.py

bench: setup
	$(BIN)/python tools/bench.py
	for movies in 1000 10000 100000; do $(BIN)/python tools/bench.py --movies $$movies; done

check:
	bash .ci/run

clean:
	rm -rf _proc _docs _preview build dist
