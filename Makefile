# Two commands matter: `make demo` and `make test`. Both install what is missing first and are safe to repeat.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=
UV := .tools/uv/bin/uv
# uv must use the Python that is there, never fetch one.
export UV_PYTHON_DOWNLOADS := never

# A step is done when the stamp of what it was made from exists: the same lock twice costs nothing.
digest = $(shell cat $(1) 2>/dev/null | sha256sum | cut -c1-16)
STAMPS := .tools/stamps
POMS := $(wildcard infra/jars/pom.xml infra/jars/*/pom.xml)
UV_DONE := $(STAMPS)/uv-$(call digest,infra/local/uv.lock)
MAIN_DONE := $(STAMPS)/main-$(call digest,requirements.lock pyproject.toml)
SUPERSET_DONE := $(STAMPS)/superset-$(call digest,infra/superset/requirements.lock)
JARS_DONE := $(STAMPS)/jars-$(call digest,$(POMS))

.PHONY: help install system demo demo-takeaway test stacktest soak lint lock down clean distclean

help: ## What can be done
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

install: system ## System packages (root or sudo), two Python environments, jars
	@$(MAKE) --no-print-directory -j3 $(MAIN_DONE) $(SUPERSET_DONE) $(JARS_DONE)

system:
	@PYTHON='$(PYTHON)' infra/local/system_packages.sh

$(UV_DONE):
	@mkdir -p $(STAMPS) && rm -rf .tools/uv
	'$(PYTHON)' -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --require-hashes -r infra/local/uv.lock
	@touch $@

$(MAIN_DONE): $(UV_DONE)
	@echo 'main environment (.venv): about 1 GiB'
	@[ -x .venv/bin/python ] || $(UV) venv --quiet --python '$(PYTHON)' .venv
	$(UV) pip sync --quiet --require-hashes --python .venv/bin/python requirements.lock
	$(UV) pip install --quiet --no-deps --python .venv/bin/python --editable .
	@rm -f $(STAMPS)/main-* && touch $@ && echo '✓ main environment'

$(SUPERSET_DONE): $(UV_DONE)
	@echo 'Superset environment (.venv-superset): about 1 GiB'
	@[ -x .venv-superset/bin/python ] || $(UV) venv --quiet --python '$(PYTHON)' .venv-superset
	$(UV) pip sync --quiet --require-hashes --python .venv-superset/bin/python infra/superset/requirements.lock
	@rm -f $(STAMPS)/superset-* && touch $@ && echo '✓ Superset environment'

# Strict checksums; three attempts, because a registry may be busy. Made beside and swapped: an interrupted fetch leaves the old ones.
$(JARS_DONE):
	@echo 'jars of Spark, Kafka and Debezium (.tools/jars): 75 MiB'
	@mkdir -p $(STAMPS) && rm -rf .tools/jars.new
	@for attempt in 1 2 3; do \
	  mvn --quiet --batch-mode --strict-checksums --file infra/jars/pom.xml -Djars.folder='$(CURDIR)/.tools/jars.new' generate-resources && break; \
	  [ $$attempt -lt 3 ] || exit 1; sleep 5; done
	@rm -rf .tools/jars && mv .tools/jars.new .tools/jars
	@rm -f $(STAMPS)/jars-* && touch $@ && echo '✓ jars'

demo: install ## From nothing to a province under watch, then the addresses to open
	@.venv/bin/jiandu demo $(ARGS)

demo-takeaway: install ## The same with all 1,536 shops of the takeaway platforms crawled and their licences read (hours)
	@.venv/bin/jiandu demo --shops 1536 $(ARGS)

# Two workers: one takes the tests that need a service, the other begins with the rest.
test: install lint ## The tests of every stage; pass options on: make test ARGS='-k silver'
	.venv/bin/python -m pytest -n 2 --dist loadgroup -m 'not stack and not soak' $(ARGS)

# Each file in a session of its own: a stack is a home, its services and one story.
stacktest: install ## The tests that start every service: the demo, the screens in a browser, the connector, the supervisor
	@for file in $$(grep -rlE 'mark\.stack' tests --include='test_*.py' | sort); do \
	  echo "$$file"; .venv/bin/python -m pytest -m stack "$$file" $(ARGS) || exit 1; done

soak: install ## Random changes for hours: evaluating what changed stays equal to evaluating everything
	.venv/bin/python -m pytest -m soak --timeout 0 tests/collision $(ARGS)

lint: install ## Style and types
	.venv/bin/ruff check .
	.venv/bin/mypy

lock: $(UV_DONE) ## Resolve both environments anew (review the difference)
	$(UV) pip compile --quiet --group dev --generate-hashes --python '$(PYTHON)' pyproject.toml -o requirements.lock
	cd infra/superset && ../../$(UV) pip compile --quiet --generate-hashes --python '$(PYTHON)' pyproject.toml -o requirements.lock

down: ## Stop every service
	@[ ! -x .venv/bin/jiandu ] || .venv/bin/jiandu down

clean: down ## Also remove all data, secrets and logs (var/)
	@[ ! -x .venv/bin/python ] || .venv/bin/python -m jiandu.services.erase
	rm -rf dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## Also remove environments and jars
	rm -rf .venv .venv-superset .tools
