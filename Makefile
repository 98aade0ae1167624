# make report   set the report into build/
# make test     style, types and tests
# Both set up what they need first: system libraries, .venv, locked dependencies.

.PHONY: report test lint bench storm fuzz verapdf clean lock
JOBS ?=
# What takes longest is begun first, so that no core waits for it in the end.
SLOW = tests/test_engine_suite.py tests/test_store.py tests/test_check.py tests/test_storm.py

report: .venv/requirements.lock
	.venv/bin/reportgen build $(if $(JOBS),--jobs $(JOBS))

test: lint
	.venv/bin/pytest -n auto --dist loadfile --no-loadscope-reorder $(SLOW) \
	  $(filter-out $(SLOW),$(wildcard tests/test_*.py))

lint: .venv/requirements-dev.lock
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: .venv/requirements-dev.lock
	.venv/bin/python bench/sample.py
	.venv/bin/python bench/book.py

# Kills, starves and robs builds at random moments, for an hour unless told: SECONDS, SEED.
storm: .venv/requirements-dev.lock
	.venv/bin/python tests/storm.py --seconds $(or $(SECONDS),3600) $(if $(SEED),--seed $(SEED))

# Feeds one kind of input (TARGET, see tests/fuzzing.py) with what nobody thought of.
fuzz: .venv/requirements-dev.lock
	.venv/bin/pip install --quiet --require-hashes -r tests/fuzz.lock
	.venv/bin/python tests/fuzz.py $(or $(TARGET),record) $(or $(SECONDS),600)

# Judges what `make report` made by another validator than that of `reportgen verify`; needs Java.
verapdf:
	scripts/verapdf.sh build

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache

# Locks anew what pyproject.toml asks for; needs uv.
lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header -q -o requirements-dev.lock

.venv/requirements.lock: requirements.lock pyproject.toml scripts/setup.sh
	scripts/setup.sh

.venv/requirements-dev.lock: requirements-dev.lock pyproject.toml scripts/setup.sh \
  tests/engine/source.txt tests/readers/package-lock.json
	scripts/setup.sh --dev
