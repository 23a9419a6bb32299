# Needs nothing but Python 3.11 or newer and make: each target makes its own .venv and fetches the
# rest. A second run finds it all there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# So that nothing found on the way (a user site, another environment) decides what is imported.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DELETE_ON_ERROR:
.PHONY: help demo test test-llm chaos soak check audit sbom licences format lock schemas dashboards \
	kubernetes-rules train fuzz clean

help: ## Say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: $(VENV)/runtime.stamp ## Run the main job on a real Kafka; ARGS="--once" ends by itself
	@$(BIN)/stream-service demo $(ARGS)

# Files run side by side on two processes, each with a broker of its own.
test: $(VENV)/development.stamp ## Run all tests, against a real Kafka
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(ARGS)

# The model is 491 MB in the user's cache folder, fetched once; 2 GB are needed meanwhile.
test-llm: $(VENV)/development.stamp ## Run the tests against a small real language model
	@$(BIN)/python -m tests.real_model
	$(BIN)/pytest -m real_model tests/real_model $(ARGS)

SEEDS ?= 1-50

chaos: MINUTES ?= 30
chaos: $(VENV)/development.stamp ## Disturb workers and brokers; SEEDS=1-50 MINUTES=30
	@$(BIN)/python -m tests.chaos many --seeds $(SEEDS) --minutes $(MINUTES) $(ARGS)

SECONDS ?= 60
SEED ?= 1
TARGETS ?=

# Atheris is installed where there is a wheel of it; without, inputs are drawn and nothing guides them.
fuzz: $(VENV)/development.stamp ## Look for inputs that break what reads them; SECONDS=60 SEED=1 TARGETS=
	@$(PIP) install --quiet --require-hashes -r requirements-fuzz.lock \
	  || echo "atheris cannot be installed here; going on without it" >&2
	@$(BIN)/python -m tests.fuzz $(TARGETS) --seconds $(SECONDS) --seed $(SEED) $(ARGS)

# As root everything can be disturbed; without, it says what it left out. STREAM_SOAK_TEXTS=FOLDER gives
# texts of other people's.
soak: MINUTES ?= 60
soak: $(VENV)/development.stamp ## Everything at once, and people; MINUTES=60 SEED=1 ARGS="--rate 5"
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) --seed $(SEED) $(ARGS)

check: $(VENV)/development.stamp ## Lint, types, arrows, drift of what is generated, licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m stream_service.contracts.schemas check
	$(BIN)/python -m deploy.grafana.dashboards check
	$(BIN)/python -m deploy.kubernetes.rules check
	$(BIN)/deptry .
	@$(BIN)/python -m supply_chain.licences >/dev/null

# Needs the advisory database; says loudly where it cannot be had. SUPPLY_CHAIN_AUDIT=required makes
# that a failure.
audit: $(VENV)/development.stamp ## Look for known weaknesses of the locked packages
	@$(BIN)/python -m supply_chain.audit

sbom: $(VENV)/development.stamp ## Write the bill of materials to build/sbom.cdx.json (CycloneDX)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
	  --mc-type application --output-reproducible --validate -o build/sbom.cdx.json
	@echo build/sbom.cdx.json

licences: $(VENV)/development.stamp ## List the licences of what is installed, and check them
	@$(BIN)/python -m supply_chain.licences

format: $(VENV)/development.stamp ## Put code and imports into their form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

schemas: $(VENV)/development.stamp ## Write schemas/ anew from the models
	$(BIN)/python -m stream_service.contracts.schemas write

dashboards: $(VENV)/development.stamp ## Write deploy/grafana/json anew from the code beside it
	$(BIN)/python -m deploy.grafana.dashboards write

kubernetes-rules: $(VENV)/development.stamp ## Write the PrometheusRule anew from deploy/prometheus/rules
	$(BIN)/python -m deploy.kubernetes.rules write

train: $(VENV)/development.stamp ## Train the local classifier anew from its example sentences
	$(BIN)/python -m stream_service.analysis.local.training.train

# A lock file names hashes, not places.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header

# Of one peer in benchmarks/peers, whose pins exclude the service's.
QUIX := benchmarks/peers/quix_environment

lock: $(VENV)/development.stamp ## Resolve the locked versions anew
	$(LOCK) pyproject.toml --extra local --extra devkit --extra console --extra redis --group build \
	  -o requirements.lock
	$(LOCK) pyproject.toml --extra local --extra console --extra redis -c requirements.lock -o requirements-image.lock
	$(LOCK) --group pyproject.toml:image-build -c requirements.lock -o requirements-build.lock
	$(LOCK) --group pyproject.toml:fuzz -c requirements.lock -o requirements-fuzz.lock
	$(LOCK) pyproject.toml --all-extras --group build -c requirements.lock -o requirements-dev.lock
	$(LOCK) pyproject.toml $(QUIX)/requirements.in --extra local --group build \
	  --override $(QUIX)/overrides.txt -o $(QUIX)/requirements.lock

clean: ## Remove the environment and what tools left
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "making $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "this Python cannot make environments (on Debian: apt install python3-venv)" >&2; exit 1; }

# The package itself comes without its dependencies, which the lock has installed, and without a
# build environment of its own, whose contents no lock would fix.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL_SELF := $(PIP) install --quiet --no-deps --no-build-isolation --editable .

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "installing what the service needs (once, about a minute) ..." >&2
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(INSTALL_SELF)
	@touch $@

$(VENV)/development.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@echo "installing what tests and checks need (once, about a minute) ..." >&2
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
