# make run    sets everything up and runs the GIL scenarios        make test       sets everything up and runs the tests
# make lint   formatting, lint and types                          make test-all   with the slow tests
# make docs   writes the generated pages again                    make site       the documentation as a web site, in site/
# make dist   wheel and source distribution, in dist/             make clean      removes what was set up here
# make fuzz   FUZZ_INPUTS fuzz inputs for the readers of scenarios, kernels and journals (Python 3.11 or 3.12)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SCENARIOS ?= scenarios/gil/*.yaml
RESULTS ?= reports
FUZZ_INPUTS ?= 200000

.PHONY: run test test-all lint docs site dist fuzz interpreter clean

run: $(VENV)/installed interpreter
	$(BIN)/fteng run $(SCENARIOS)

test: $(VENV)/installed-dev interpreter
	$(BIN)/python -m pytest -m "not slow"

test-all: $(VENV)/installed-dev interpreter
	$(BIN)/python -m pytest

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict engine

docs: $(VENV)/installed-dev
	$(BIN)/python -m engine.manual scenario > docs/scenario.md
	$(BIN)/python -m engine.manual catalogue > docs/catalogue.md
	$(BIN)/python -m engine.manual commands > docs/commands.md
	$(BIN)/python -m engine.manual findings

site: RESULT = $(shell find $(RESULTS) -name journal.jsonl -print -quit)
site: $(VENV)/installed-dev
	NO_MKDOCS_2_WARNING=1 FTENG_RESULTS=$(if $(RESULT),dashboard/index.html) $(BIN)/mkdocs build --strict --quiet
	$(if $(RESULT),$(BIN)/fteng dashboard $(RESULTS) --output site/dashboard)

dist: $(VENV)/installed-dev
	rm -rf dist
	$(BIN)/uv build --quiet --python $(BIN)/python

fuzz: $(VENV)/installed-dev
	$(PIP) --editable '.[fuzz]'
	$(BIN)/python tests/fuzz/run.py scenario -runs=$(FUZZ_INPUTS)
	$(BIN)/python tests/fuzz/run.py kernel -runs=$$(($(FUZZ_INPUTS) / 10))
	$(BIN)/python tests/fuzz/run.py journal -runs=$$(($(FUZZ_INPUTS) / 20)) -max_len=32768

# Only where no free-threaded CPython is found at all. Without one the rest still works: its runs are skipped and named.
interpreter: $(VENV)/installed
	@$(BIN)/fteng interpreters install 3.13t --needed || echo "going on without a free-threaded interpreter"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[install,plot]'
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[install,plot,docs,dev]'
	@touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .pytest_cache
