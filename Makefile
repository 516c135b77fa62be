# The verbs of daily work. Everything happens in .venv, which sets itself up.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TREE := $(CURDIR)/$(VENV)

# To choose another Python than the newest that is here: make PYTHON=/usr/bin/python3.12 test
PYTHON ?=

# An environment whose Python is gone, or whose folder was moved, is made anew.
GONE := $(shell test -x $(BIN)/python && grep -qF '$(TREE)' $(BIN)/activate || rm -f $(READY))

# Ansible wants a locale with UTF-8, and fails where the one that is set has none or was never generated.
ifneq ($(shell locale charmap 2>/dev/null),UTF-8)
export LC_ALL := C.UTF-8
endif

# Without the compiled files, each of the many processes of the tests compiles everything itself.
unexport PYTHONDONTWRITEBYTECODE
export ANSIBLE_COLLECTIONS_PATH := $(TREE)
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_HOME := $(CURDIR)/$(VENV)/ansible-home

# The longest first, because two of them run at a time.
LINT := lint-ansible lint-types lint-text

.PHONY: help demo recording test test-all test-server acceptance lint fmt checks awx-check docs release bench mutants reliability build clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## a server set up from nothing, twice, and repaired (nothing is left behind)
	@$(BIN)/python demo/run.py

recording: $(READY) ## docs/images/demo.svg, the demo as a picture
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.recording

test: $(READY) ## lint and tests, some minutes; make test TESTS="tests/unit -k plan" for some tests alone
	@$(if $(TESTS),$(BIN)/python -m pytest $(TESTS),$(MAKE) --no-print-directory --jobs=2 default-tests $(LINT))

# Beside the tests, each step of lint runs alone.
.PHONY: default-tests
default-tests: $(READY)
	@$(BIN)/python -m pytest

test-all: $(if $(TESTS),,lint) $(READY) ## lint and all tests, every combination of values; make test-all TESTS=tests/faults for some
	@$(BIN)/python -m pytest -m "not sweep" $(TESTS)

test-server: $(READY) ## the invariants against an emulator that answers as a report says: make test-server REPORT=FILE
	@test -f "$(REPORT)" || { echo "Give the JSON file of astera.data_stack.compatibility: make test-server REPORT=FILE"; exit 1; }
	@COMPATIBILITY_REPORT="$(abspath $(REPORT))" $(BIN)/python -m pytest -m "" tests/properties/test_reports.py

acceptance: $(READY) ## the collection against the server of ASTERA_URL, ASTERA_USERNAME, ASTERA_PASSWORD, ASTERA_CA_PATH; only reads
	@test -n "$$ASTERA_URL" || { echo "Set ASTERA_URL, ASTERA_USERNAME, ASTERA_PASSWORD and ASTERA_CA_PATH."; exit 1; }
	@$(BIN)/python -m pytest -m "" -n 0 -rs tests/acceptance/server.py

lint: $(READY) ## generated documentation, formatting, types, YAML, Ansible's production profile, changelog fragments, language
	@$(MAKE) --no-print-directory --jobs=2 $(LINT)

.PHONY: $(LINT)
lint-ansible: $(READY)
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.lint

lint-types: $(READY)
	@$(BIN)/mypy --no-error-summary

lint-text: $(READY)
	@$(BIN)/python -m tools.docs --check
	@$(BIN)/ruff format --check --quiet . || { echo "Run 'make fmt'."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/yamllint --strict .
	@$(BIN)/antsibull-changelog lint
	@$(BIN)/codespell
	@$(BIN)/python -m tools.language
	@$(BIN)/python -m tools.commit_subject

fmt: $(READY) ## format the Python files, and write the generated parts of the documentation
	@$(BIN)/python -m tools.docs
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

checks: $(READY) ## what certification and each supported Ansible ask; make checks CHECKS="sanity-2.21 importer" for some
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.checks $(CHECKS)

awx-check: $(READY) ## awx_setup with the modules of awx.awx against a stand-in for AWX; the execution environment
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.awx

docs: $(READY) ## the documentation site
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.checks docs

release: $(READY) ## make release VERSION=1.0.0: dist/ gets the archive and its notes; nothing is tagged or pushed
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.release "$(VERSION)"

bench: $(READY) ## what tasks cost, measured: some minutes; writes docs/performance.md
	@PYTHONPATH="$(CURDIR)" $(BIN)/python tests/benchmarks/run.py

mutants: $(READY) ## each rule removed in turn, and the test that notices: half an hour; make mutants ONLY=redactor DEFAULT=yes for some, with make test
	@$(BIN)/python tests/mutants/run.py --only "$(ONLY)" $(if $(DEFAULT),--default)

reliability: $(READY) ## writes docs/reliability.md: tests, sweeps and mutants, an hour; make reliability SWEEP=no without the sweeps
	@PYTHONPATH="$(CURDIR)" $(BIN)/python tests/reliability/run.py $(if $(filter no,$(SWEEP)),--without-sweep)

build: $(READY) ## dist/astera-data_stack-VERSION.tar.gz
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.build

clean: ## remove what these commands made
	@rm -rf $(VENV) dist .ansible .checks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements/dev.txt
	@sh tools/setup.sh $(VENV) "$(PYTHON)"
