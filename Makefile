# One definition of each check: people and machines call the same targets. Needs Python >= 3.11 and make.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SETUP := pyproject.toml constraints.txt

# A pyenv shim may be on the PATH and yet refuse to run: a Python counts only where it answers.
ANSWERS = $(1) -c 'import sys, ensurepip; sys.exit(sys.version_info[:2] < (3, 11))' >/dev/null 2>&1
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3 python; do \
	if $(call ANSWERS,$$each); then echo $$each; break; fi; done)

.PHONY: help setup setup-dev demo check test test-fast test-slow bench bench-peers bench-stores side-by-side messy test-all architecture gallery exports-page pictures tightness clean

help:  ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: $(VENV)/.installed  ## Make .venv with nbmlops in it

setup-dev: $(VENV)/.installed-dev

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "No Python >= 3.11 with venv was found. Install one" \
		"(Debian: apt-get install python3-venv) or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.python $(SETUP)
	@echo "Installing nbmlops into $(VENV) (a minute or two, once)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed $(SETUP)
	@echo "Installing the tools that check it"
	@$(PIP) --editable '.[dev]'
	@touch $@

demo: setup  ## Run the whole way on census data: notebook, proof, model, service, drift
	@$(BIN)/python -m nbmlops demo

check: setup-dev  ## Check format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check  ## Check and test everything (the browser too, where Chromium is)
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow and not browser"
	$(BIN)/pytest -m browser

test-fast: setup-dev  ## Test all but the browser, without the checks
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow and not browser" -q

test-slow: setup-dev  ## Run the tests that take minutes
	$(BIN)/pytest -n 2 --dist worksteal -m slow

bench: setup-dev  ## Measure what capture costs, beside plain IPython
	$(BIN)/python -m tests.benchmarks

# Preparing the archive for its metadata takes pip about four minutes, once.
SDIST := build/gallery/scikit_learn-1.9.1.tar.gz

$(SDIST): | $(VENV)/.installed-dev
	@mkdir -p $(@D)
	@echo "Downloading scikit-learn's sources (about four minutes, once)"
	@$(BIN)/python -m pip --disable-pip-version-check download --quiet --no-deps --no-binary scikit-learn \
		--dest $(@D) scikit-learn==1.9.1

gallery: setup-dev $(SDIST)  ## Run scikit-learn's examples through it all (an hour or two), write docs/gallery.md
	$(BIN)/python -m tests.gallery --sdist $(SDIST) --table docs/gallery.md

exports-page: setup-dev  ## Export from three of scikit-learn's examples, write docs/exports.md
	$(BIN)/python -m tests.gallery.exports_page

pictures: setup-dev  ## Take the picture of the panel anew (needs Chromium), write docs/panel.png
	$(BIN)/python -m tests.browser.pictures

messy: setup-dev  ## Work messily in 200 notebooks, export what they hold and compare (half an hour)
	$(BIN)/python -m tests.messy --live --sessions $(or $(SESSIONS),200)

PEERS = tests/benchmarks/peers

.venv-%/.installed: $(PEERS)/%.txt
	$(if $(filter lineapy,$*),$(HOME)/.pyenv/versions/3.10*/bin/python,$(PYTHON)) -m venv .venv-$*
	.venv-$*/bin/python -m pip --disable-pip-version-check install --quiet --requirement $<
	@touch $@

# LineaPy needs Python 3.10, which is looked for among pyenv's.
bench-peers: setup-dev .venv-lineapy/.installed .venv-ipyflow/.installed  ## Measure LineaPy and ipyflow beside it
	$(BIN)/python -m tests.benchmarks.peers nbmlops=$(BIN)/python \
		lineapy=.venv-lineapy/bin/python ipyflow=.venv-ipyflow/bin/python

bench-stores: setup-dev .venv-stores/.installed  ## Measure the store beside MLflow, joblib and parquet
	$(BIN)/python tests/benchmarks/peers/stores.py nbmlops=$(BIN)/python peers=.venv-stores/bin/python

side-by-side: setup-dev .venv-stores/.installed  ## Play a messy notebook under MLflow's autologging too, write docs/autolog.md
	$(BIN)/python -m tests.tracking.side_by_side mlflow=.venv-stores/bin/python --page docs/autolog.md

tightness: setup-dev $(SDIST)  ## Shrink 40 slices by delta debugging (ten minutes), write docs/tightness.md
	$(BIN)/python -m tests.tightness --sdist $(SDIST) --table docs/tightness.md

# Each Python that answers, on the PATH or among pyenv's, in an environment of its own.
test-all:  ## Test with every supported Python that the machine has
	@for version in 3.11 3.12 3.13; do \
		for each in python$$version $(HOME)/.pyenv/versions/$$version*/bin/python; do \
			if $(call ANSWERS,$$each); then \
				echo "== Python $$version"; \
				$(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON=$$each || exit 1; \
				continue 2; \
			fi; \
		done; \
		echo "== Python $$version: not on this machine"; \
	done

architecture: setup-dev  ## Write ARCHITECTURE.md and docs/verbs.md anew from the code
	$(BIN)/python docs/generate.py

clean:  ## Remove what was made here, but no store
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build
