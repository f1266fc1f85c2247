# Everything goes through .venv, which the first target that needs it makes: Python 3.11 and make are all you need.

PYTHON ?= python3.11
VENV := .venv/bin/python
SOURCES := aslsite accounts recognition worker benchmarks conftest.py manage.py

.DEFAULT_GOAL := help
.PHONY: help run test lint live requirements

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

run: .venv/installed static/vendor/hand_landmarker.task ## Start the site: web, workers, queue and database; Ctrl-C stops all of it
	@exec $(VENV) -m aslsite.leash --signal TERM $(VENV) -m aslsite.launch

test: lint static/vendor/hand_landmarker.task ## Lint, then run every test, a file a core
	@$(VENV) -m pytest --numprocesses auto --dist loadfile

lint: .venv/installed ## Style, types, architecture, templates, migrations and the API's schema
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy
	@$(VENV) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	@$(VENV) -m djlint templates --check --lint
	@DJANGO_SETTINGS_MODULE=aslsite.tests.settings $(VENV) manage.py makemigrations --check --dry-run
	@DJANGO_SETTINGS_MODULE=aslsite.tests.settings $(VENV) manage.py spectacular --validate --fail-on-warn --file /dev/null

live: static/vendor/hand_landmarker.task ## Fetch what the live page runs in the browser (needs Node; the site works without)

requirements: .local/uv/installed ## Compile requirements/*.in to *.txt with hashes (for maintainers; needs the internet)
	@for set in dev base web worker; do \
		test $$set = dev || constraint="--constraint requirements/dev.txt"; \
		$(UV_COMPILE) $$constraint requirements/$$set.in --output-file requirements/$$set.txt || exit 1; \
	done
	@$(UV_COMPILE) --no-deps requirements/models.in --output-file requirements/models.txt

UV_COMPILE = .local/uv/bin/python -m uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
	--no-annotate --python-version 3.11

# The hashed lists are complete, so pip resolves nothing (models.txt is a carrier whose dependencies we do not want).
.venv/installed: requirements/dev.txt requirements/models.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 is needed and $(PYTHON) is not it: install it, or name it: make run PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
	@test -x $(VENV) || { echo "Making .venv ..." && $(PYTHON) -m venv .venv; }
	@echo "Installing the hashed requirements into .venv (minutes, the first time) ..."
	@$(VENV) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements/dev.txt -r requirements/models.txt
	@touch $@

# Not made, and tried again at the next start, where there is no Node or no internet.
static/vendor/hand_landmarker.task: package-lock.json .venv/installed
	@$(VENV) -m aslsite.live_assets

.local/uv/installed:
	@$(PYTHON) -m venv .local/uv
	@.local/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@
