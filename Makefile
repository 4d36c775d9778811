# Kikite's commands. None of them asks a question; each installs what it needs first.

SHELL := /bin/sh
PYTHON := .venv/bin/python
# What make is given goes on to kikite serve: make run ARGS="--port 9000"
ARGS ?=
# Tests of servers mostly wait, so two run side by side; files stay whole, and so do their servers. They run in the order
# of their names: by the number of their tests, the few long ones would all come last.
PYTEST := $(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: run test check bench screens test-networks fuzz install develop browser words clean

run: install ## Serve the desk at http://127.0.0.1:8000, with its database and the practice network
	@exec .venv/bin/kikite serve $(ARGS)

test: develop browser ## Run the tests
	$(PYTEST) $(ARGS)

check: develop browser ## Everything that the pipeline checks: style, types, floors, words, tests
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet kikite
	$(PYTHON) scripts/catalogues.py check
	$(PYTHON) scripts/migrations.py
	$(PYTEST) $(ARGS)

bench: develop browser ## Measure; prints a table
	$(PYTHON) -m tests.benchmarks $(ARGS)

screens: develop browser ## Draw the screenshots of docs/ anew
	$(PYTHON) -m tests.screens $(ARGS)

test-networks: develop ## Run the connectors against real network servers on this machine
	$(PYTHON) -m pytest -m servers $(ARGS)

fuzz: develop ## Send every connector rubbish for five minutes a target; ARGS="--seconds 60 --only mastodon"
	@scripts/uv sync --quiet --frozen --group fuzz --inexact
	$(PYTHON) -m tests.fuzz $(ARGS)

# --- what the others need -----------------------------------------------------------------------------------------

install: .venv/installed words

develop: .venv/developing words

.venv/installed: pyproject.toml uv.lock
	@scripts/uv sync --quiet --frozen --no-dev --inexact
	@touch $@

.venv/developing: pyproject.toml uv.lock
	@scripts/uv sync --quiet --frozen
	@touch $@ .venv/installed

words: kikite/locale/en/LC_MESSAGES/django.mo kikite/locale/ja/LC_MESSAGES/django.mo

kikite/locale/%/LC_MESSAGES/django.mo: kikite/locale/%/LC_MESSAGES/django.po
	@$(PYTHON) scripts/catalogues.py compile

browser:
	@scripts/browser

clean: ## Take away what the commands made; the data folder stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .fuzz .import_linter_cache
