# `make demo` and `make test` set up whatever they need: a virtual environment in .venv, nothing outside the checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

PROPERTY := $(BIN)/python -m tests.property
# What edits at random does so in a box, or not at all: then it says why, and that is no failure.
OR_REFUSED := || test $$? = 77

LONG := $(addprefix tests/e2e/test_,storms.py installs.py kills.py table_kills.py many_clients.py errno.py) $(addprefix tests/differential/test_,generated.py plugin.py)

.PHONY: help dev check format test demo soak staleness faults fuzz bench vscode deb clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lsp]' --group dev
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

# A file's tests share what is dear to make (workspaces, daemons), so a file stays in one process.
test: $(STAMP) ## the whole test suite, in as many processes as there are cores, four at most
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

demo: $(STAMP) ## a guided tour: a daemon resolves the imports of a small workspace
	$(BIN)/resolverd demo

soak: $(STAMP) ## growth, storms and random edits in their long settings; a million busts beside Bun's router, drawn
	$(BIN)/python -m tests.soak.growth
	$(PROPERTY).live --ground memory --steps 1000000 --processes 2
	$(PROPERTY).live --ground disk --steps 1000000 --processes 2 $(OR_REFUSED)
	$(PROPERTY).live --ground socket --steps 1000000 --processes 2 $(OR_REFUSED)
	RESOLVERD_LONG=1 $(BIN)/python -m pytest -s $(LONG)
	$(PROPERTY).table_stress
	$(PROPERTY).table_stress --directory /dev/shm
	$(PROPERTY).table_stress --node
	$(PROPERTY).table_stress --node --directory /dev/shm
	$(PROPERTY).table_stress --node --stands
	$(PROPERTY).table_stress --node --stands --directory /dev/shm
	$(BIN)/python -m pip install --quiet --group plot
	$(BIN)/python -m tests.soak.million
	$(BIN)/python -m tests.soak.million_plot

staleness: $(STAMP) ## every scenario of staleness in every way of asking, with many budgets of watches
	RESOLVERD_LONG_TESTS=1 $(BIN)/python -m pytest tests/conformance/test_staleness.py

faults: $(STAMP) ## all forced interleavings; then faults planted by name, each of which has to be caught
	$(PROPERTY).interleavings $(OR_REFUSED)
	$(PROPERTY).interleavings --as-root $(OR_REFUSED)
	$(PROPERTY).faults
	$(PROPERTY).table_stress --fault all

FUZZ_SECONDS ?= 600

fuzz: $(STAMP) ## mutants of manifests, requests and whole projects, led by coverage; then of conversations with a daemon
	-$(BIN)/python -m pip install --quiet --group fuzz
	$(BIN)/python -m tests.fuzz.run --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.live

bench: $(STAMP) ## side by side with every other resolver (half an hour); writes tests/bench/RESULTS.md and its pictures
	$(BIN)/python -m pip install --quiet --group plot
	$(BIN)/python -m tests.bench.driver

vscode: $(STAMP) ## the extension as clients/vscode/dist/resolverd.vsix, tried in VS Code by Chromium; its pictures in dist/vscode
	cd clients/vscode && npm ci --ignore-scripts --no-audit --no-fund && npm run package
	RESOLVERD_VSCODE=1 $(BIN)/python -m pytest tests/e2e/editors/test_vscode.py

deb: $(STAMP) ## a Debian package in dist/
	$(BIN)/python packaging/deb.py

# The tests run from a copy without the sources, which would come before the wheel. Faults are planted by putting another
# method in a class's place, which compiled classes do not let.
compiled: $(STAMP) ## a wheel in dist/ with the hot path as C (mypyc), and the tests of the core on it
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(PYTHON) -m venv --clear $(VENV)-compiled
	$(VENV)-compiled/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(VENV)-compiled/bin/python -m pip install --quiet --constraint constraints.txt dist/resolverd-*-cp*.whl --group dev
	cp -r pyproject.toml tests $(VENV)-compiled
	mkdir $(VENV)-compiled/clients && cp -r clients/node $(VENV)-compiled/clients
	cd $(VENV)-compiled && RESOLVERD_ORACLES=$${RESOLVERD_ORACLES:-$(abspath ../shared/oracles)} \
		bin/python -m pytest tests/conformance tests/property tests/unit/cache --ignore tests/property/test_faults.py \
		--deselect tests/property/test_table.py::test_with_a_step_left_out_stale_answers_are_read

clean: ## remove what the targets made
	rm -rf $(VENV) $(VENV)-compiled .pytest_cache .ruff_cache .hypothesis dist clients/vscode/dist clients/vscode/node_modules
