# Everything a developer or a newcomer runs. Needs only make and Python 3.11 or later (PY=python3.12 to choose).
PY ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
WORKERS ?= 2
SERVE ?= 1

# Tests start many processes; without compiled modules each would compile all of them again.
unexport PYTHONDONTWRITEBYTECODE

SHOTS ?= screenshots
SHOTS_SHOP ?= demo-shop-made-up

.PHONY: help setup demo test unit lint format types imports campaign bench docs snapshots browser fuzz screenshots lock clean

help:            ## this list
	@grep -E '^[a-z]+: .*##|^[a-z]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PY) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

setup: $(STAMP)  ## a virtual environment with the locked tools and Stamgast itself

demo: $(STAMP)   ## the main job on a made-up shop and a real one, then the web app (SERVE=0: without)
	@$(BIN)/stamgast demo $(if $(filter 0,$(SERVE)),--no-serve,--serve)

test: lint types imports browser unit  ## every check: lint, types, import rules, tests, docs

unit: $(STAMP)   ## the test suite (includes the docs tests)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q --durations=20

lint: $(STAMP)   ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)  ## mypy, strict
	$(BIN)/mypy

imports: $(STAMP)  ## import-linter: the layers
	$(BIN)/lint-imports

campaign: $(STAMP)  ## longer searches than the suite has time for: more examples, every moment of a kill
	STAMGAST_CAMPAIGN=1 STAMGAST_EXAMPLES=10000 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q \
	  tests/property tests/integration/test_identity_store.py tests/integration/test_undo_imports.py \
	  tests/integration/test_fed_up_to_t.py tests/integration/test_store_kill.py

bench: $(STAMP)  ## the benchmarks at a small size (see bench/README.md)
	$(BIN)/python -m bench

snapshots: $(STAMP)  ## write the SQL snapshots anew; look at the difference before you commit it
	STAMGAST_WRITE_SNAPSHOTS=1 $(BIN)/python -m pytest -q tests/snapshots

browser: $(STAMP) ## the web app in a real browser: console errors, axe, without scripts; needs Chromium
	STAMGAST_BROWSER=1 $(BIN)/python -m pytest -q tests/browser

screenshots: $(STAMP)  ## every page as a picture in SHOTS, of the made-up demo shop; needs Chromium
	$(BIN)/python tests/browser/screenshots.py $(SHOTS_SHOP) $(SHOTS)

fuzz: $(STAMP)   ## the API against its own description (schemathesis, in an environment of its own): no 5xx
	@test -x .venv/fuzz/bin/schemathesis || ($(PY) -m venv .venv/fuzz && .venv/fuzz/bin/python -m pip install --quiet "schemathesis>=4.32")
	$(BIN)/python bench/fuzz_api.py .venv/fuzz/bin/schemathesis 40

docs: $(STAMP)   ## write the generated pages anew
	$(BIN)/python -m stamgast.language.reference_page > docs/language.md
	$(BIN)/python -m stamgast.cli.reference_pages docs
	$(BIN)/python -m stamgast.collect.reference_page docs/mappings.md
	$(BIN)/python -m stamgast.web.reference_page docs/api.md

lock:            ## resolve the pinned versions anew into requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --group dev \
	  --no-annotate --output-file requirements.lock pyproject.toml

clean:           ## remove the virtual environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
