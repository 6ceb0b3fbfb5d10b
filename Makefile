# make run    sets everything up and runs the GIL scenarios        make test       sets everything up and runs the tests
# make lint   formatting, lint and types                          make test-all   with the slow tests
# make docs   writes the generated pages again                    make clean      removes what was set up here

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SCENARIOS ?= scenarios/gil/*.yaml

.PHONY: run test test-all lint docs interpreter clean

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

# Only where no free-threaded CPython is found at all. Without one the rest still works: its runs are skipped and named.
interpreter: $(VENV)/installed
	@$(BIN)/fteng interpreters install 3.13t --needed || echo "going on without a free-threaded interpreter"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[install]'
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[install,dev]'
	@touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
