# Commands: `make` lists them. The work is in scripts/, so that each line here stays one line.

export CARGO_TARGET_DIR ?= $(HOME)/.cache/coderunner/target
LISTEN ?= 127.0.0.1:8080
PREFIX ?= /usr/local

.DEFAULT_GOAL := help
.PHONY: help run local test test-vm check fmt bench soak chaos fuzz fuzz-api openapi build install deps clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 14

run: ## install what is missing, build, and serve on http://127.0.0.1:8080
	@scripts/install-deps run && scripts/build-web && cargo run --release --package coderunner -- serve --listen $(LISTEN)

local: ## build, and start an installation of many processes on this machine, with nginx, Redis and PostgreSQL
	@scripts/install-deps test && scripts/build-web && cargo build --release --package coderunner && deploy/local/up

test: ## install what is missing and run every test
	@scripts/install-deps test && scripts/build-web && scripts/test

test-vm: ## run the sandbox's tests in virtual machines with other cgroups and rights; takes some minutes
	@scripts/install-deps vm && scripts/test-vm

check: ## formatting, lints, docs, layers, shell scripts, dependencies, subjects of new commits
	@scripts/install-deps check && scripts/check

fmt: ## format all Rust code
	@cargo fmt --all

bench: ## benchmark this machine: programs over HTTP, then the bare sandbox
	@scripts/install-deps bench && scripts/bench

soak: ## run 20,000 programs, hostile ones among them, and check that the server is unchanged afterwards
	@scripts/install-deps bench && scripts/soak

chaos: ## kill, freeze, fill up and disconnect the processes that serve a thousand jobs, and check that no job is lost
	@scripts/install-deps test && scripts/chaos

fuzz-api: ## run a schema fuzzer on the API description; takes some minutes
	@scripts/install-deps run && scripts/fuzz-api

openapi: ## regenerate docs/openapi.json, after an intended change of the API
	@CODERUNNER_UPDATE_OPENAPI=1 cargo test --quiet --package system-tests --test openapi

fuzz: ## search for inputs that break parsers, half an hour in all
	@scripts/install-deps fuzz && scripts/fuzz

build: ## build the release binary
	@scripts/install-deps build && scripts/build-web && cargo build --release --package coderunner

install: build ## install the binary, manual pages and completions below PREFIX (/usr/local), in DESTDIR if that is set
	@scripts/install "$(CARGO_TARGET_DIR)/release/coderunner" "$(DESTDIR)$(PREFIX)"

deps: ## install the requirements for building, running and testing, or print what to install
	@scripts/install-deps test

clean: ## remove all build output
	@cargo clean
