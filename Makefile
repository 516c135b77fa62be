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

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## set up an emulated server, run the playbook twice, and repair drift (leaves nothing behind)
	@$(BIN)/python demo/run.py

recording: $(READY) ## write docs/images/demo.svg, the picture of the demo
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.recording

test: $(READY) ## run lint and the tests in some minutes; make test TESTS="tests/unit -k plan" runs some tests only
	@$(if $(TESTS),$(BIN)/python -m pytest $(TESTS),$(MAKE) --no-print-directory --jobs=2 default-tests $(LINT))

# Beside the tests, each step of lint runs alone.
.PHONY: default-tests
default-tests: $(READY)
	@$(BIN)/python -m pytest

test-all: $(if $(TESTS),,lint) $(READY) ## run lint and the tests in all combinations of values; make test-all TESTS=tests/faults runs some tests only
	@$(BIN)/python -m pytest -m "not sweep" $(TESTS)

test-server: $(READY) ## run the invariants against an emulated server that responds as a report describes: make test-server REPORT=FILE
	@test -f "$(REPORT)" || { echo "Give the JSON file of astera.data_stack.compatibility: make test-server REPORT=FILE"; exit 1; }
	@COMPATIBILITY_REPORT="$(abspath $(REPORT))" $(BIN)/python -m pytest -m "" tests/properties/test_reports.py

acceptance: $(READY) ## test the collection against the server of ASTERA_URL, ASTERA_USERNAME, ASTERA_PASSWORD, ASTERA_CA_PATH; only reads
	@test -n "$$ASTERA_URL" || { echo "Set ASTERA_URL, ASTERA_USERNAME, ASTERA_PASSWORD and ASTERA_CA_PATH."; exit 1; }
	@$(BIN)/python -m pytest -m "" -n 0 -rs tests/acceptance/server.py

lint: $(READY) ## check generated documentation, formatting, types, YAML, the production profile of ansible-lint, changelog fragments, language
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

checks: $(READY) ## run the checks of certification on each supported ansible-core; make checks CHECKS="sanity-2.21 importer" runs some of them
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.checks $(CHECKS)

awx-check: $(READY) ## test awx_setup with the modules of awx.awx against an emulated AWX, and check the execution environment
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.awx

docs: $(READY) ## build the documentation site
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.checks docs

release: $(READY) ## build the archive and its notes in dist/ without a tag or a push: make release VERSION=1.0.0
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.release "$(VERSION)"

bench: $(READY) ## measure tasks and roles in some minutes; writes docs/performance.md
	@PYTHONPATH="$(CURDIR)" $(BIN)/python tests/benchmarks/run.py

mutants: $(READY) ## remove each rule in turn and show the test that fails, half an hour; make mutants ONLY=redactor DEFAULT=yes tests some rules with make test
	@$(BIN)/python tests/mutants/run.py --only "$(ONLY)" $(if $(DEFAULT),--default)

reliability: $(READY) ## run tests, sweeps and mutants in an hour, and write docs/reliability.md; make reliability SWEEP=no omits the sweeps
	@PYTHONPATH="$(CURDIR)" $(BIN)/python tests/reliability/run.py $(if $(filter no,$(SWEEP)),--without-sweep)

build: $(READY) ## build dist/astera-data_stack-VERSION.tar.gz
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -m tools.build

clean: ## remove what these commands made
	@rm -rf $(VENV) dist .ansible .checks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements/dev.txt
	@sh tools/setup.sh $(VENV) "$(PYTHON)"
