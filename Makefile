# `make run` plays the product, `make test` proves it. Everything else serves those two.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEBIAN := chromium postgresql nginx fonts-noto-core zbar-tools poppler-utils
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: run test setup-tests lint bench docs translations requirements clean

run: $(VENV)/.run
	@exec $(BIN)/python -m idp.cli demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "sleutelbos: Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Sleutelbos needs (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run

setup-tests: $(VENV)/.test
	@missing=""; for package in $(DEBIAN); do dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	 if [ -n "$$missing" ]; then $(SUDO) apt-get update -qq && \
	   DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi
	@command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq nodejs npm >/dev/null
	@cd tests/protocol/node && npm ci --silent --no-audit --no-fund

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(VENV)/.test
	@$(BIN)/python -m tests.load

translations: $(VENV)/.test
	@$(BIN)/python -m tests.house.translations

docs: $(VENV)/.test
	@$(BIN)/python -m tests.house

# The lock, without the addresses of the registries that it was made from.
requirements:
	@uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header -o requirements.txt
	@uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header -o requirements-dev.txt

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
