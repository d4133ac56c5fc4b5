# What can be done here. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

WORKERS ?= 2
# A worker that died is not replaced: with whole files to each, pytest-xdist 3.8 hangs.
AT_ONCE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0
UNITS = $(wildcard $(addprefix tests/,vocab pricing metering settlement accounts \
  dispatch formats store))

.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

setup: $(READY) ## Make the virtual environment with the pinned packages

demo: $(READY) ## Run the whole story once: prices, devices, bills, CMEP file, proof
	$(BIN)/ter demo $(ARGS)

up: $(READY) ## Start Dagster, VTN, API and the collector and keep them running
	$(BIN)/ter up $(ARGS)

test: $(READY) ## Run the tests, two at a time (WORKERS=n for more)
	$(BIN)/python -m pytest $(AT_ONCE) $(ARGS)

test-units: $(READY) ## Run the tests of rules, formats and queries alone
	$(BIN)/python -m pytest $(AT_ONCE) $(UNITS) $(ARGS)

check: $(READY) ## Format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(READY) ## Write the data dictionary from the table descriptions
	$(BIN)/python -m ter_pipelines.store.dictionary > docs/data_dictionary.md

bench-backfill: $(READY) ## Time a backfill of the example month from landed data
	$(BIN)/python -m benchmarks.backfill

bench-cmep: $(READY) ## Write and read CMEP files beside the csv module
	$(BIN)/python -m benchmarks.cmep $(ARGS)

bench-delivery: $(READY) ## Kill the sender of files KILLS times and count what arrived
	$(BIN)/python -m benchmarks.delivery --kills $(or $(KILLS),200) $(ARGS)

bench-espi: $(READY) ## Read a large Green Button feed beside a bare parser
	$(BIN)/python -m benchmarks.espi $(ARGS)

bench-kill: $(READY) ## Kill the VTN under load and count what was lost
	$(BIN)/python -m benchmarks.kill

bench-modbus: $(READY) ## Poll a thousand simulated meters a minute with one process
	$(BIN)/python -m benchmarks.modbus $(ARGS)

bench-pages: $(READY) ## Open the pages with 5,000 devices in the lake
	$(BIN)/python -m benchmarks.pages $(ARGS)

bench-settlement: $(READY) ## Settle a month of ROWS quarter-hours to statement lines
	$(BIN)/python -m benchmarks.settlement --rows $(or $(ROWS),30000000) $(ARGS)

bench-vee: $(READY) ## Validate and estimate a month of ROWS quarter-hours
	$(BIN)/python -m benchmarks.vee --rows $(or $(ROWS),30000000) $(ARGS)

bench-vtn: $(READY) ## Measure the VTN beside a bare openleadr VTN
	$(BIN)/python -m benchmarks.vtn $(ARGS)

.PHONY: help setup demo up test test-units check docs bench-backfill bench-cmep \
	bench-delivery bench-espi bench-kill bench-modbus bench-pages bench-settlement \
	bench-vee bench-vtn
