# `make demo` and `make test` set up whatever they need: a virtual environment in .venv, nothing outside the checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help dev check format test demo soak staleness bench clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $@

dev: $(STAMP) ## set up the development environment

check: $(STAMP) ## lint, format, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache

format: $(STAMP) ## put the code in shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test: $(STAMP) ## the whole test suite
	$(BIN)/python -m pytest

demo: $(STAMP) ## a guided tour: a daemon resolves the imports of a small workspace
	$(BIN)/resolverd demo

soak: $(STAMP) ## the growth tests in their long settings
	$(BIN)/python -m tests.soak.growth

staleness: $(STAMP) ## every scenario of staleness in every way of asking, with many budgets of watches
	RESOLVERD_LONG_TESTS=1 $(BIN)/python -m pytest tests/conformance/test_staleness.py

bench: $(STAMP) ## side by side with oxc-resolver and enhanced-resolve; writes tests/bench/RESULTS.md
	$(BIN)/python -m tests.bench.driver

clean: ## remove what the targets made
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis dist
