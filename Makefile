# Everything runs inside the clone: `make demo` and `make test` set up what they need.

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?=
BIN := .venv/bin
CORE := .venv-core/bin

# A shell started from another environment of ROS wheels would pass its library path on.
unexport _ROS_WHEELS_BOOTSTRAP_COMPLETE

.DEFAULT_GOAL := help
.PHONY: help setup setup-train demo test lint core-test clean

help:
	@echo 'make demo [ARGS=...]         show the node on real pictures (ARGS="--help" lists options)'
	@echo 'make test [PYTEST_ARGS=...]  check the code and run every test'
	@echo 'make lint                    only check the code: format, rules, types'
	@echo 'make core-test               run the tests in an environment without ROS'
	@echo 'make setup-train             set up what fitting and checkpoints need too: PyTorch, Transformers'
	@echo 'make setup                   only set up (the targets above do it themselves)'
	@echo 'make clean                   remove the environments and everything generated'

setup:
	@command -v $(PYTHON) >/dev/null || { echo 'make setup: no $(PYTHON) on PATH: install Python 3.10 to 3.13.' >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py

setup-train: setup
	@$(PYTHON) scripts/bootstrap.py --train

demo: setup
	@$(BIN)/grounded-perception demo $(ARGS)

lint: setup
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

test: lint setup-train
	$(BIN)/python -m pytest --timeout 300 $(PYTEST_ARGS)

core-test:
	@$(PYTHON) scripts/bootstrap.py --core
	$(CORE)/python -m pytest --timeout 300 $(PYTEST_ARGS)

clean:
	rm -rf .venv .venv-core .bootstrap.log .mypy_cache .ruff_cache .pytest_cache build install log
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf src/*.egg-info
