# The verbs of daily work. Everything happens in .venv, which sets itself up.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HERE := $(VENV)/ansible_collections/astera/data_stack
TREE := $(CURDIR)/$(VENV)

# The newest CPython from 3.11 to 3.14 that really starts (a version manager may have stand-ins that do not).
# To choose another: make PYTHON=/usr/bin/python3.12 test
FITS := import ensurepip, ssl, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
MANAGED = $(shell ls -d $(HOME)/.pyenv/versions/3.1[1-4].*/bin/python3 2>/dev/null | sort -rV)
CANDIDATES = python3.14 python3.13 $(MANAGED) python3.12 python3.11 python3
PYTHON ?= $(shell for one in $(CANDIDATES); do "$$one" -c '$(FITS)' >/dev/null 2>&1 && { echo "$$one"; break; }; done)

export ANSIBLE_COLLECTIONS_PATH := $(TREE)
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_HOME := $(CURDIR)/$(VENV)/ansible-home

.PHONY: help demo recording test lint fmt unit checks awx-check docs release bench mutants reliability build clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1#/p' $(MAKEFILE_LIST) | column -t -s '#' 2>/dev/null || grep '##' $(MAKEFILE_LIST)

demo: $(READY) ## a server set up from nothing, twice, and repaired (nothing is left behind)
	@$(BIN)/python demo/run.py

recording: $(READY) ## docs/images/demo.svg, the demo as a picture, made anew
	@PYTHONPATH=$(CURDIR) $(BIN)/python -m tools.recording

test: lint unit ## all checks: lint, then the tests

unit: $(READY) ## the tests alone; make unit TESTS="tests/unit -k plan" for some of them
	@$(BIN)/python -m pytest $(TESTS)

lint: $(READY) ## formatting, types, YAML, Ansible's production profile, the changelog's fragments
	@$(BIN)/ruff format --check --quiet . || { echo "Run 'make fmt'."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/yamllint --strict .
	@$(BIN)/ansible-lint --offline -q
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/antsibull-changelog lint

fmt: $(READY) ## format the Python files
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

checks: $(READY) ## what certification and each supported Ansible ask; make checks CHECKS="sanity-2.21 importer" for some
	@PYTHONPATH=$(CURDIR) $(BIN)/python -m tools.checks $(CHECKS)

awx-check: $(READY) ## awx_setup with the modules of awx.awx against a stand-in for AWX; the execution environment
	@PYTHONPATH=$(CURDIR) $(BIN)/python -m tools.awx

docs: $(READY) ## the documentation site
	@PYTHONPATH=$(CURDIR) $(BIN)/python -m tools.checks docs

release: $(READY) ## make release VERSION=1.0.0: dist/ gets the archive and its notes; nothing is tagged or pushed
	@PYTHONPATH=$(CURDIR) $(BIN)/python -m tools.release "$(VERSION)"

bench: $(READY) ## what tasks cost, measured: some minutes; writes docs/performance.md
	@$(BIN)/python tests/benchmarks/run.py

mutants: $(READY) ## each rule removed in turn, and the test that notices: some twenty minutes; make mutants ONLY=redactor for some
	@$(BIN)/python tests/mutants/run.py --only "$(ONLY)"

reliability: $(READY) ## writes docs/reliability.md: tests, sweeps and mutants, hours; make reliability SWEEP=no without the sweeps
	@$(BIN)/python tests/reliability/run.py $(if $(filter no,$(SWEEP)),--without-sweep)

build: $(READY) ## dist/astera-data_stack-VERSION.tar.gz
	@PYTHONPATH=$(CURDIR) $(BIN)/python -m tools.archive

clean: ## remove what these commands made
	@rm -rf $(VENV) dist .ansible .checks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "No usable Python from 3.11 to 3.14 found; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once; about a minute)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements/dev.txt || \
	  { echo "The packages of requirements/dev.txt could not be installed; look at pip's message above." >&2; exit 1; }
	@mkdir -p $(dir $(HERE))
	@ln -sfn ../../.. $(HERE)
	@touch $@
