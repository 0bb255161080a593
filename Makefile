# Everything here sets itself up: a fresh machine needs Python 3.11 or newer, and make.

VENV ?= .venv
BIN := $(VENV)/bin
CODE := engine console tests screenshots .ci
WORKERS ?= 3
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
INSTALL := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Much is started here again and again: what is compiled once starts in two thirds of the time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench storm shots audit clean
.DELETE_ON_ERROR:

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/make \1	\2/' | expand -t 14

demo: $(VENV)/.ready ## the story on a flaky shop of its own: three Links, what failed and why, every count checked
	@$(BIN)/linkdeck demo --headless --home demo-home $(DEMO)

test: $(VENV)/.ready ## all tests; some of them: make test TESTS=tests/stories
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: lint test ## formatting, lint, types, import contracts, tests: what CI runs

lint: $(VENV)/.ready ## all of check but the tests
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/licences.py constraints.txt

bench: $(VENV)/.ready $(VENV)-peers/.ready ## speed and memory, beside floors and peers, in one table (a quarter of an hour and more); less: make bench BENCH=--quick
	@$(BIN)/python -m tests.benchmarks $(BENCH)

storm: $(VENV)/.ready ## the long form of the fault tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m storm $(TESTS)

shots: $(VENV)/.ready ## redraw the screenshots
	@$(BIN)/python -m screenshots

audit: $(VENV)-audit/.ready ## known vulnerabilities in the pinned dependencies
	@$(VENV)-audit/bin/python .ci/audit.py constraints.txt

clean: ## remove what was made here, the environments included
	rm -rf $(VENV) $(VENV)-peers $(VENV)-audit .ci-venv demo-home build dist *.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(call environment,$(VENV))
	@$(BIN)/python $(INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)-peers/.ready: pyproject.toml constraints.txt
	@$(call environment,$(VENV)-peers)
	@$(VENV)-peers/bin/python $(INSTALL) --editable '.[bench]'
	@touch $@

$(VENV)-audit/.ready: constraints.txt
	@$(call environment,$(VENV)-audit)
	@$(VENV)-audit/bin/python $(INSTALL) 'pip-audit>=2.7,<3'
	@touch $@

define environment
if [ -z "$(PYTHON)" ]; then echo "Linkdeck needs Python 3.11 or newer; name it: make PYTHON=/path/to/python3" >&2; exit 1; fi; \
echo "setting up $(1) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(1)
endef
