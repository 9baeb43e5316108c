# Every target does its own set-up; on a fresh Debian 12 nothing else is needed but make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
.PHONY: all demo test test-quick bench bench-live soak format clean help setup release lto

all: release

setup:
	@tools/setup

# Configures and builds targets of a preset: $(call build,PRESET,TARGET…). CMake's own lines are shown if it fails.
define build
mkdir -p build; source tools/jobs.sh; \
cmake --preset $(1) >build/$(1)-configure.log 2>&1 || { cat build/$(1)-configure.log; exit 1; }; \
cmake --build --preset $(1) --target $(2)
endef

release: setup
	@$(call build,release,theater)

demo: release
	@examples/demo

test: setup
	@tools/run-tests

test-quick: setup
	@tools/run-tests --quick

# Benchmarks and packages link the engine that was optimised as a whole.
lto: setup
	@$(call build,lto,theater theater_benchmarks)

bench: lto
	@tools/setup --bench --extra
	@bench/run engine event log durable conversation store files verify replay recovery message state handlers spawn restart spin server http-in http-out erlang

bench-live: lto
	@bench/run actors-live

soak: setup
	@$(call build,dev,theater theater_faulty_files theater_log_test theater_actor_test theater_store_test theater_runtime_family_test)
	@tools/soak

format: setup
	@tools/format

clean:
	rm -rf build

help:
	@echo 'make              build/release/theater, optimised'
	@echo 'make demo         build it and run examples/demo'
	@echo 'make test         every check and test; FUZZ_SECONDS=8, KEEP_GOING=1'
	@echo 'make test-quick   the tree'"'"'s checks, the quick build and its tests'
	@echo 'make bench        the benchmarks, Erlang beside them; results in build/bench/*.jsonl'
	@echo 'make bench-live   how many actors live at once (some 3 GB of memory); ACTORS=100000'
	@echo 'make soak         the long form of the crash tests, some minutes; ROUNDS=1000, SEEDS=20000'
	@echo 'make format       format the C++'
	@echo 'make clean        remove build/ (the engine stays in the cache, $$THEATER_CACHE_DIR)'
