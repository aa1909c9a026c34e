# Bare `make` lists what there is. Works with GNU make 3.81 (macOS) and later.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PYTEST := $(BIN)/pytest
RUN := $(BIN)/.installed-run
DEV := $(BIN)/.installed-dev
SHIPPED := kit services gateway cli omo_pricing omo_storelink simulators
CODE = $(shell for folder in $(SHIPPED) tools tests benchmarks; do \
  find $$folder -name '*.py' 2>/dev/null | head -n 1 | cut -d/ -f1; done)
# 3 workers suit 2 cores, because many tests wait for something; a bigger machine may say WORKERS=8
WORKERS ?= 3
# bytecode is kept, whatever the shell says: a process starts in a third of the time
export PYTHONDONTWRITEBYTECODE :=
# what the demo's processes import: a house test compares
FLEET := --extra gateway --extra migrate --extra member --extra order --extra cli --extra stack
SERVICES := member order inventory attribution gateway planner
TAG ?= dev

##@ Try it

.PHONY: help demo up
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "; print "OMO: one business out of a retail brand'"'"'s shops and its online channels.\n\nUsage: make <target>"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\nNeeds Python 3.11 or newer; everything else is fetched into .venv from uv.lock.\n'

demo: $(RUN) ## Start everything, play the story, stay up until Ctrl-C
	@exec $(BIN)/omoctl demo

up: $(RUN) ## Start everything without the story
	@exec $(BIN)/omoctl up

.PHONY: weeks
weeks: $(RUN) ## Replay two weeks of a real chain and compare to the cent (installs the extra data set)
	@tools/install.sh --no-dev $(FLEET) --extra completejourney
	@exec $(BIN)/omoctl weeks

##@ Prove it

.PHONY: test soak test-deploy bench
test: $(DEV) ## Run every test, each fault once at its shortest (< 10 min on 2 cores)
	@$(PYTEST) -n $(WORKERS) --dist loadgroup --ignore=tests/deploy tests

soak: $(DEV) ## Faults ten times, all fault points, 10,000 examples, growth; writes docs/soak.md (PART=faults: one part)
	@$(BIN)/python -m tools.soak --workers $(WORKERS) $(PART)

test-deploy: $(DEV) ## Images and manifests on a real container engine (CI=true: a missing engine fails)
	@$(PYTEST) -o timeout=1800 tests/deploy

bench: $(DEV) ## Measure this machine; writes docs/performance.md
	@$(BIN)/python -m benchmarks

##@ Change it

.PHONY: gen format check lint-proto lint-sql format-check types layers house
gen: $(DEV) ## Regenerate gen/, docs/events.md and docs/errors.md from protos/, docs/openapi.json from the gateway
	@$(BIN)/python -m tools.contracts
	@$(BIN)/python -m tools.documents
	@$(BIN)/python -m tools.openapi

format: $(DEV) ## Format and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

check: $(DEV) ## Everything that needs no running fleet: style, types, contracts, layers, house rules (< 60 s)
	@$(MAKE) -j2 types checks-quick
	@$(MAKE) house

.PHONY: checks-quick
checks-quick:
	@$(MAKE) format-check
	@$(MAKE) lint-proto
	@$(MAKE) layers
	@$(MAKE) lint-sql

format-check: $(DEV)
	@$(BIN)/ruff format --check --quiet . >/dev/null \
	  || { $(BIN)/ruff format --check --output-format concise . | head -20; echo "run 'make format'"; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise .

types: $(DEV)
	@$(BIN)/mypy $(CODE)

layers: $(DEV)
	@$(BIN)/lint-imports --no-logo >.lint-imports.log 2>&1 || { cat .lint-imports.log; exit 1; }

lint-proto: $(DEV) ## Lint the contracts and look for breaking changes
	@$(BIN)/buf lint protos
	@BUF=$(BIN)/buf tools/breaking.sh

lint-sql: $(DEV) ## Lint the migrations
	@files=$$(find kit/migrations services/*/migrations -name '*.sql' 2>/dev/null | sort); \
	  [ -z "$$files" ] || $(BIN)/squawk $$files

house: $(DEV)
	@$(PYTEST) -q tests/house tests/contract

##@ Ship it

.PHONY: images
images: ## Build the six images, and the simulators for trials (TAG=dev)
	@for service in $(SERVICES) payment carrier einvoice messaging; do \
	  docker build -q -f deploy/Dockerfile --build-arg SERVICE=$$service -t omo-$$service:$(TAG) . || exit 1; done

##@ Housekeeping

.PHONY: clean
clean: ## Remove caches and build output (keeps .venv and the demo's data; see `omoctl reset`)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .lint-imports.log .soak dist build
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

# --- the environment: a warm run costs two stat calls
$(RUN): pyproject.toml uv.lock tools/install.sh
	@tools/install.sh --no-dev $(FLEET)
	@touch $@

$(DEV): pyproject.toml uv.lock tools/install.sh
	@tools/install.sh --all-extras --all-groups
	@touch $(RUN) $@
