# One definition of each check: people and machines call the same targets. Needs Python >= 3.11 and make.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SETUP := pyproject.toml constraints.txt

# A pyenv shim may be on the PATH and yet refuse to run: a Python counts only where it answers.
ANSWERS = $(1) -c 'import sys, ensurepip; sys.exit(sys.version_info[:2] < (3, 11))' >/dev/null 2>&1
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3 python; do \
	if $(call ANSWERS,$$each); then echo $$each; break; fi; done)

.PHONY: help setup setup-dev demo check test test-fast test-slow bench bench-peers bench-stores bench-serving soak side-by-side messy test-all architecture gallery runs-judged hints exports-page models-page rows-page pictures tightness labextension clean

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

test: export NBMLOPS_REQUIRE_MLFLOW = 1
test: check .venv-stores/.installed  ## Check and test everything (the browser too, where Chromium is)
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow and not browser"
	$(BIN)/pytest -m "browser and not slow"

test-fast: setup-dev .venv-stores/.installed  ## Test all but the browser, without the checks
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow and not browser" -q

test-slow: setup-dev .venv-subshell/.installed  ## Run the tests that take minutes
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

hints: setup-dev $(SDIST)  ## Run scikit-learn's examples with hints on (an hour or two; again: goes on), write the table of docs/hints.md
	$(BIN)/python -m tests.gallery.hints --sdist $(SDIST) --limit 30

runs-judged: setup-dev $(SDIST)  ## Judge the runs found in fifty of scikit-learn's examples, write docs/runs-judged.md
	$(BIN)/python -m tests.gallery.runs --sdist $(SDIST) --page docs/runs-judged.md

exports-page: setup-dev  ## Export from three of scikit-learn's examples, write docs/exports.md
	$(BIN)/python -m tests.gallery.exports_page

rows-page: setup-dev  ## Cut a row function of each statement, write docs/row-functions.md
	$(BIN)/python -m tests.package.rows --page docs/row-functions.md

MODELS = tests/package/models/requirements.txt

# PyTorch without CUDA is small: name a folder or page with such wheels in PIP_FIND_LINKS, else it takes gigabytes.
.venv-models/.installed: $(MODELS) $(SETUP)
	@test -x .venv-models/bin/python || $(PYTHON) -m venv .venv-models
	.venv-models/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt \
		--editable . --requirement $(MODELS)
	@touch $@

models-page: .venv-models/.installed  ## Package twelve kinds of models and ask them (half an hour), write docs/packaged-models.md
	.venv-models/bin/python -m tests.package.models --page docs/packaged-models.md

pictures: setup-dev  ## Take the panel's pictures and measures anew (needs Chromium), write docs/panel/*.png
	$(BIN)/python -m tests.browser.pictures

# Only who changes labextension/ needs npm: what it builds is kept in labextension/built.
labextension: setup-dev  ## Build JupyterLab's extension anew (needs npm)
	cd labextension && npm ci
	cd labextension && PATH="$(abspath $(BIN)):$$PATH" jupyter-builder build .
	$(BIN)/python labextension/digest.py --keep
	@$(PIP) --no-deps --editable .

messy: setup-dev  ## Work messily in 200 notebooks, export what they hold and compare (half an hour)
	$(BIN)/python -m tests.messy --live --sessions $(or $(SESSIONS),200)

PEERS = tests/benchmarks/peers

.venv-%/.installed: $(PEERS)/%.txt
	$(if $(filter lineapy,$*),$(HOME)/.pyenv/versions/3.10*/bin/python,$(PYTHON)) -m venv .venv-$*
	.venv-$*/bin/python -m pip --disable-pip-version-check install --quiet --requirement $<
	@touch $@

# What goes before $(VENV): another version of what runs a notebook's kernel.
.venv-subshell/.installed: tests/browser/subshell.txt $(VENV)/.installed-dev
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --upgrade --target $(@D) \
		--requirement $<
	@touch $@

# LineaPy needs Python 3.10, which is looked for among pyenv's.
bench-peers: setup-dev .venv-lineapy/.installed .venv-ipyflow/.installed  ## Measure LineaPy and ipyflow beside it
	$(BIN)/python -m tests.benchmarks.peers nbmlops=$(BIN)/python \
		lineapy=.venv-lineapy/bin/python ipyflow=.venv-ipyflow/bin/python

bench-stores: setup-dev .venv-stores/.installed  ## Measure the store beside MLflow, joblib and parquet
	$(BIN)/python tests/benchmarks/peers/stores.py nbmlops=$(BIN)/python peers=.venv-stores/bin/python

bench-serving: setup-dev .venv-stores/.installed .venv-uvloop/.installed .venv-bentoml/.installed .venv-mlserver/.installed  ## Measure a package's service beside MLflow, BentoML, MLServer and FastAPI (needs wrk), write docs/serving.md
	@command -v wrk >/dev/null || { echo "wrk is not installed (Debian: apt-get install wrk)" >&2; exit 1; }
	$(BIN)/python -m tests.benchmarks.serving nbmlops=$(BIN)/python uvloop=.venv-uvloop/bin/python \
		mlflow=.venv-stores/bin/python "by hand=.venv-stores/bin/python" bentoml=.venv-bentoml/bin/python \
		mlserver=.venv-mlserver/bin/python --page docs/serving.md
	$(BIN)/python -m tests.benchmarks.serving.stages --page docs/serving.md
	$(BIN)/python -m tests.benchmarks.serving.starting --page docs/serving.md

soak: setup-dev  ## Ask a package's service for ten minutes without a pause, and watch its memory (needs wrk)
	$(BIN)/python -m tests.benchmarks.serving.soak --page docs/serving.md

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
