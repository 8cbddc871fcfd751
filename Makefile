# `make help` lists the targets. Everything sets itself up; nothing is installed outside this folder.

PORT ?= 3000
STACK ?= maskline
# Where the targets for AWS work; without one, in the Region of the AWS profile.
REGION ?= $(or $(AWS_REGION),$(AWS_DEFAULT_REGION))
# What `make deploy` sets of the template's parameters: "Name=value Name=value".
PARAMETERS ?=
# Further arguments of pytest, such as ARGS="-k allocation -x", or of `sam deploy`, such as
# ARGS=--no-confirm-changeset in a pipeline.
ARGS ?=

# A name on PATH may be a shim that refuses to run, so each candidate is tried.
PYTHON := $(shell for python in python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
SAM_BIN := .venv-sam/bin
INSTALLED := .venv/.installed
SAM_INSTALLED := .venv-sam/.installed
AUDIT_BIN := .venv-audit/bin
AUDIT_INSTALLED := .venv-audit/.installed
# Where the tests that drive the official Node SDK say what they need.
NODE_PACKAGES := $(wildcard tests/e2e/package.json tests/e2e/*/package.json)
NODE_INSTALLED := $(if $(shell command -v npm),$(NODE_PACKAGES:package.json=node_modules/.installed))

export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONPATH := layers/masking

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Set-up -----------------------------------------------------------------------------------------------------

.PHONY: install
install: $(INSTALLED) ## Create .venv with what the service, its tests and `make run` need

$(INSTALLED): requirements-dev.txt
	$(call create_venv,.venv,requirements-dev.txt)

$(SAM_INSTALLED): requirements-sam.txt
	$(call create_venv,.venv-sam,requirements-sam.txt)

$(AUDIT_INSTALLED): requirements-audit.txt
	$(call create_venv,.venv-audit,requirements-audit.txt)

%/node_modules/.installed: %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

define create_venv
	@test -n "$(PYTHON)" || { echo "Maskline needs Python 3.11 or later on PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) lacks the module venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
	@# A lock is complete: nothing is resolved, which older pips get wrong for extras under hashes.
	$(1)/bin/python -m pip install --quiet --quiet --no-deps --require-hashes --requirement $(2)
	@# Older Pythons put one into each environment; what is not locked does not stay.
	@grep -q '^setuptools==' $(2) || $(1)/bin/python -m pip uninstall --quiet --quiet --yes setuptools
	@$(1)/bin/python -m pip check >&2
	@touch $@
endef

# docs/supply-chain.md. No registry is named in a lock: each machine uses its own.
.PHONY: lock
lock: $(AUDIT_INSTALLED) ## Pin with hashes what requirements*.in ask for; ARGS=--upgrade for the newest
	$(call lock,layers/masking/requirements)
	$(call lock,requirements-dev)
	$(call lock,requirements-sam)
	$(call lock,requirements-audit)
	$(if $(shell command -v npm),$(foreach package,$(NODE_PACKAGES),npm install --package-lock-only \
		--prefix $(dir $(package)) --ignore-scripts --no-audit --no-fund --loglevel=error;))

define lock
	$(AUDIT_BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" $(ARGS) $(1).in --output-file $(1).txt
endef

.PHONY: bom
bom: install $(AUDIT_INSTALLED) ## Write docs/sbom.json anew: what the layer holds, with licences
	$(AUDIT_BIN)/cyclonedx-py environment --output-reproducible $(BIN)/python | \
		$(BIN)/python -m tools.supply.bom > docs/sbom.json.new
	mv docs/sbom.json.new docs/sbom.json

# --- Checks and tests -------------------------------------------------------------------------------------------

# cfn-lint and sam want a Region where it decides nothing.
.PHONY: check
check: export AWS_DEFAULT_REGION := us-east-1
check: install $(SAM_INSTALLED) $(AUDIT_INSTALLED) ## Lint, format, types, template, packages: all that CI checks besides the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(SAM_BIN)/cfn-lint template.yaml
	$(SAM_BIN)/sam validate --lint
	$(BIN)/python -m tools.supply

.PHONY: audit
audit: install $(SAM_INSTALLED) $(AUDIT_INSTALLED) ## As in `check`, but fail too where no advisory service answers
	$(BIN)/python -m tools.supply --strict

.PHONY: format
format: install ## Format the code and repair what ruff can repair
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

.PHONY: test
test: install $(SAM_INSTALLED) $(NODE_INSTALLED) ## Run every test, a file at a time on each core
	@# In the order of the folders: the property model, one long test, would else begin last.
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: unit
unit: install $(SAM_INSTALLED) ## Run the quick tests: no process besides, no network
	$(BIN)/python -m pytest tests/unit $(ARGS)

.PHONY: explore
explore: install ## Let the property models explore for long
	MASKLINE_EXPLORE=1 $(BIN)/python -m pytest tests/property $(ARGS)

.PHONY: fuzz
fuzz: install ## Send the service whatever docs/openapi.json allows, for SECONDS (default 600)
	MASKLINE_EXPLORE=1 FUZZ_SECONDS="$(SECONDS)" $(BIN)/python -m pytest tests/e2e/test_fuzz.py $(ARGS)

.PHONY: openapi
openapi: install ## Write docs/openapi.json anew, from the routes and the models
	$(BIN)/python -m tools.openapi

.PHONY: faults
faults: install ## Inject every fault at every call, and many together, and say how many
	MASKLINE_EXPLORE=1 $(BIN)/python -m pytest tests/faults -q $(ARGS)

.PHONY: bench
bench: install ## Measure, and write bench/results.md: all, or ONLY="answer_path starts"
	$(BIN)/python -m bench $(ONLY)

.PHONY: plan
plan: install ## How many numbers are needed: ARGS="docs/planning/deliveries.toml"; docs/planning.md
	$(if $(findstring --account,$(ARGS)),$(on_aws))
	@$(BIN)/python -m tools.planning $(ARGS)

.PHONY: trail
trail: install ## Who did what to a session: SESSION=uuid (docs/audit.md)
	@test -n "$(SESSION)" || { echo "usage: make trail SESSION=uuid ARGS='--days 30'" >&2; exit 1; }
	$(on_aws)
	@$(BIN)/python -m tools.trail "$(SESSION)" $(ARGS)

.PHONY: verify-trail
verify-trail: install ## Compare the audit trail with the log of the deployed STACK: ARGS="--days 7"
	$(on_aws)
	@$(BIN)/python -m tools.trail --verify --stack $(STACK) $(ARGS)

# --- Locally ----------------------------------------------------------------------------------------------------

.PHONY: run
run: install ## Start the whole service on this machine, on PORT (default 3000); docs/local.md
	@PORT=$(PORT) $(BIN)/python -m local

.PHONY: call
call: install ## Ring a virtual number of `make run`: FROM=+... TO=+... ANSWER=busy TALK=... HANGUP=... DIGITS=...
	@PORT=$(PORT) $(BIN)/python -m local.phone.call $(typed)

# Every variable that was typed behind `make`, with its value as the shell has it: a name that
# nobody takes is a slip, about which make itself says nothing.
typed = $(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name)="$$$(name)"))

# On the stack of `make run`, unless one on AWS is named.
.PHONY: smoke
smoke: install ## Is all well? On `make run`, or on AWS: REGION=... or STACK=..., CALLBACK_URL=https://...
	@PORT=$(PORT) $(BIN)/python -m tools.smoke \
		$(if $(findstring command line,$(origin REGION) $(origin STACK)),$(STACK) $(IN_REGION)) \
		$(if $(CALLBACK_URL),--callback-url "$(CALLBACK_URL)")

.PHONY: unhealthy
unhealthy: ## Move sessions off a number: NUMBER=+... (API, AUTH_ID, AUTH_TOKEN in the environment)
	$(call set_health,unhealthy)

.PHONY: healthy
healthy: ## Take such a number back: NUMBER=+...
	$(call set_health,healthy)

.PHONY: carrier
carrier: export AUTH_ID := $(or $(ACCOUNT),$(AUTH_ID))
carrier: ## Leave a carrier that fails: CARRIER=plivo HEALTH=unhealthy, or take it back: HEALTH=healthy
	@test -n "$(CARRIER)" && test -n "$(HEALTH)" && test -n "$$API" && test -n "$$AUTH_ID" && test -n "$$AUTH_TOKEN" || \
		{ echo "usage: make carrier ACCOUNT=... CARRIER=... HEALTH=unhealthy API=https://... AUTH_TOKEN=..." >&2; exit 1; }
	@$(call post_health,$(HEALTH),Carrier/$(CARRIER))

# The credentials go in by a pipe: arguments show in the list of processes.
define post_health
printf 'user = "%s:%s"\n' "$$AUTH_ID" "$$AUTH_TOKEN" | curl -sS --fail-with-body -K - \
	-H 'Content-Type: application/json' -d '{"health": "$(1)"}' "$$API/v1/Account/$$AUTH_ID/$(2)/"
endef

define set_health
	@test -n "$(NUMBER)" && test -n "$$API" && test -n "$$AUTH_ID" && test -n "$$AUTH_TOKEN" || \
		{ echo "usage: make $(1) NUMBER=+... API=https://... AUTH_ID=... AUTH_TOKEN=..." >&2; exit 1; }
	@$(call post_health,$(1),Number/$(NUMBER))
endef

.PHONY: erase
erase: ## Erase the person whose number is typed (API, AUTH_ID, AUTH_TOKEN in the environment)
	@test -n "$$API" && test -n "$$AUTH_ID" && test -n "$$AUTH_TOKEN" || \
		{ echo "usage: make erase API=https://... AUTH_ID=... AUTH_TOKEN=..., and the number on stdin" >&2; exit 1; }
	@read -r number && \
		printf 'user = "%s:%s"\ndata = "{\\"number\\": \\"%s\\"}"\n' "$$AUTH_ID" "$$AUTH_TOKEN" "$$number" | \
		curl -sS --fail-with-body -K - -H 'Content-Type: application/json' \
			"$$API/v1/Account/$$AUTH_ID/Masking/Erasure/"

.PHONY: why
why: ## Why calls went where they went: CALL=its id, or NUMBER=+... SINCE="2026-03-02 09:00" (API, AUTH_ID, AUTH_TOKEN)
	@test -n "$(CALL)$(NUMBER)" && test -n "$$API" && test -n "$$AUTH_ID" && test -n "$$AUTH_TOKEN" || \
		{ echo "usage: make why CALL=... or NUMBER=+... [SINCE=...] API=https://... AUTH_ID=... AUTH_TOKEN=..." >&2; exit 1; }
	@printf 'user = "%s:%s"\n' "$$AUTH_ID" "$$AUTH_TOKEN" | \
		curl -sS --fail-with-body -K - --get "$$API/v1/Account/$$AUTH_ID/Masking/Call/$(if $(CALL),$(CALL)/)" \
			$(if $(CALL),,--data-urlencode "virtual_number=$(NUMBER)" $(if $(SINCE),--data-urlencode "since=$(SINCE)"))

# --- AWS --------------------------------------------------------------------------------------------------------

.PHONY: build
build: export AWS_DEFAULT_REGION := us-east-1
build: install $(SAM_INSTALLED) ## Build the layer for Lambda (python3.13 on PATH adds bytecode)
	@# Bytecode of this machine's Python would travel along and make every build look new.
	@find functions -name __pycache__ -prune -exec rm -rf {} +
	PATH="$(CURDIR)/$(SAM_BIN):$$PATH" sam build
	@# Here, since SAM shows nothing of what the layer's makefile says.
	@python3.13 -c pass 2>/dev/null || echo "No python3.13 on PATH: the layer has no bytecode, imports on a cold start" \
		"take two to three times as long." >&2

IN_REGION := $(if $(REGION),--region $(REGION))
ifneq ($(REGION),)
plan restore trail verify-trail: export AWS_DEFAULT_REGION := $(REGION)
endif

# Says in which account and Region a target is about to work, or ends it with a sentence.
define on_aws
	@$(BIN)/python -m tools.operator.preflight $(STACK) $(IN_REGION) $(1)
endef

.PHONY: deploy
deploy: install $(SAM_INSTALLED) ## Build and deploy to AWS: REGION=... PARAMETERS="AlarmEmail=..." (others stay), FORCE=1 for a new snapshot
	$(call on_aws,--deploys $(if $(NO_BYTECODE),--without-bytecode))
	$(MAKE) build
	$(SAM_BIN)/sam deploy --stack-name $(STACK) --s3-prefix $(STACK) $(IN_REGION) $(ARGS) --parameter-overrides $(PARAMETERS) \
		Release=$$($(BIN)/python -m tools.operator.release .aws-sam/build "$(PARAMETERS)$(if $(FORCE), $$(date +%s))")

.PHONY: account
account: install ## Draw an account's id and token for an order to provision: EVENT=file.json CARRIER=plivo,twilio
	@test -n "$(EVENT)" || { echo "usage: make account EVENT=file.json" >&2; exit 1; }
	@$(BIN)/python -m tools.operator.new_account "$(EVENT)" $(if $(CARRIER),"$(CARRIER)")

.PHONY: provision
provision: install ## Create or update an account in the deployed STACK: EVENT=file.json, or - for standard input
	@test -n "$(EVENT)" || { echo "usage: make provision EVENT=file.json" >&2; exit 1; }
	@$(BIN)/python -m tools.operator.operate $(STACK) ProvisionAccountFunction $(IN_REGION) --order "$(EVENT)"

# On the stack of `make run`, unless one on AWS is named.
.PHONY: import-numbers
import-numbers: install ## List what ACCOUNT rents at CARRIER; take NUMBERS=+1...,+44... or COUNTRY=US,GB or ALL=1; CONFIGURE=1 sets webhooks
	@test -n "$(ACCOUNT)" && test -n "$(CARRIER)" || \
		{ echo "usage: make import-numbers ACCOUNT=... CARRIER=... [NUMBERS=+1...,+44...] [COUNTRY=US,GB] [ALL=1] [CONFIGURE=1]" >&2; exit 1; }
	@PORT=$(PORT) $(BIN)/python -m tools.operator.import_numbers "$(ACCOUNT)" "$(CARRIER)" \
		$(if $(NUMBERS),--numbers "$(NUMBERS)") $(if $(COUNTRY),--countries "$(COUNTRY)") \
		$(if $(ALL),--all) $(if $(CONFIGURE),--configure) \
		$(if $(findstring command line,$(origin REGION) $(origin STACK)),--stack $(STACK) $(IN_REGION))

.PHONY: replay
replay: install ## Send the given-up callbacks of the deployed STACK again, and what could not be read
	@$(BIN)/python -m tools.operator.operate $(STACK) ReplayCallbacksFunction $(IN_REGION)

.PHONY: restore
restore: install ## Copy a restored backup into the table of the deployed STACK: FROM=table (docs/backup.md)
	@test -n "$(FROM)" || { echo "usage: make restore FROM=table [BESIDES=table]" >&2; exit 1; }
	@$(BIN)/python -m tools.restore $(STACK) "$(FROM)" $(IN_REGION) $(if $(BESIDES),--besides "$(BESIDES)")

.PHONY: rotate-keys
rotate-keys: install ## Give every account of the deployed STACK a new data key
	@$(BIN)/python -m tools.operator.operate $(STACK) RotateKeysFunction $(IN_REGION) --start

.PHONY: destroy
destroy: install $(SAM_INSTALLED) ## Delete the deployed STACK, with CONFIRM=its name, and say what stays (docs/teardown.md)
	@$(BIN)/python -m tools.operator.teardown $(STACK) $(IN_REGION) --confirm "$(CONFIRM)" --sam $(SAM_BIN)/sam

.PHONY: clean
clean: ## Remove everything that these targets made
	rm -rf .venv .venv-sam .venv-audit .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	rm -rf $(NODE_PACKAGES:package.json=node_modules)
	find functions layers local tests -name __pycache__ -prune -exec rm -rf {} +
