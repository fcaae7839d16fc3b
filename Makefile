# Warren: grow a peer-to-peer network on one machine, and judge it. `make` prints the goals.
SCENARIO ?= testnets/starter.yaml
ENGINE   ?= process
CONFIG   ?= debug
SEEDS    ?=
MUTANTS  ?=
WARREN    = .build/release/warren
# The programs carry Swift's libraries inside: they start sooner, take less memory, and run anywhere.
RELEASE   = -c release --static-swift-stdlib
SWIFT_TEST = swift test --skip-build -c $(CONFIG)
# Tests that start processes run apart from those that expect their own process to end: waiting for
# any child, those two wait for each other's.
PROCESSES = NIOTests|EnginesTests|Benchmarks|EndToEndTests

# Memory in pages of 2 MB, where the system gives them: of very many nodes, each is far from the last.
LARGE_PAGES = GLIBC_TUNABLES=glibc.malloc.hugetlb=1

.DEFAULT_GOAL := help

.PHONY: help
help: ## Print these goals.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: packages
packages: ## Install the system packages that are missing, or print the command that would.
	@Sources/System/install-packages

# What tests need besides.
.PHONY: test-packages
test-packages:
	@Sources/System/install-packages --tests

.PHONY: build
build: packages ## Build warren and warren-node, optimised.
	swift build $(RELEASE) --product warren-node
	swift build $(RELEASE) --product warren

.PHONY: testnet
testnet: build $(if $(filter compose swarm,$(ENGINE)),image) ## Grow SCENARIO on ENGINE, judge it, and leave it running.
	@$(WARREN) up $(SCENARIO) --engine $(ENGINE)

.PHONY: testnet-down
testnet-down: ## End the running testnet and remove what it left.
	@$(WARREN) down

.PHONY: test
test: test-packages ## Run every test; SEEDS sets how many seeds each property tries.
	swift build $(RELEASE) --product warren-node
	swift build $(RELEASE) --product warren
	swift build --build-tests -c $(CONFIG)
	WARREN_SEEDS=$(SEEDS) $(SWIFT_TEST) --skip '$(PROCESSES)'
	WARREN_SEEDS=$(SEEDS) $(SWIFT_TEST) --filter 'NIOTests|EnginesTests|Benchmarks'
	WARREN_BIN=$(CURDIR)/.build/release $(SWIFT_TEST) --no-parallel --filter EndToEndTests

.PHONY: mutants
mutants: packages ## Break one rule after another, and show that its test fails; MUTANTS picks some.
	@Tests/Mutants/run $(MUTANTS)

# Each is simulated, and drawn with the block whose last adoption is the median.
PICTURES  ?= docs
.PHONY: pictures
pictures: build ## Draw the way of a block through the starter and through 1,000 nodes, into PICTURES.
	@mkdir -p $(PICTURES) testnets/out/pictures
	$(WARREN) simulate testnets/starter.yaml --for 2m --out testnets/out/pictures \
		--set links.default.rtt=20ms
	$(WARREN) report starter --out testnets/out/pictures --picture $(PICTURES)/spread-starter.svg
	$(WARREN) simulate testnets/thousand.yaml --for 2m --out testnets/out/pictures
	$(WARREN) report thousand --out testnets/out/pictures --picture $(PICTURES)/spread-thousand.svg

.PHONY: bench
bench: packages ## Measure speed and memory in release, each figure beside its floor.
	swift build $(RELEASE) --product warren-node
	WARREN_BENCH=1 WARREN_NODE=$(CURDIR)/.build/release/warren-node $(LARGE_PAGES) \
		swift test -c release --scratch-path .build-bench --filter Benchmarks

# Virtual time: the same seeds give the same figures on every machine.
SPREAD_SEEDS ?= 20
.PHONY: spread
spread: packages ## Send blocks of 64 KB through 1,000 simulated nodes, for SPREAD_SEEDS seeds.
	WARREN_BENCH=1 WARREN_SPREAD_SEEDS=$(SPREAD_SEEDS) \
		swift test -c release --scratch-path .build-bench --filter PropagationBenchmarks

.PHONY: image
image: build ## Build the container image of both programs.
	@docker/build

.PHONY: format
format: ## Put every source into the house's format.
	swift format -i -r -p Sources Tests Package.swift

.PHONY: lint
lint: ## Check the format of every source.
	swift format lint --strict -r -p Sources Tests Package.swift

.PHONY: clean
clean: ## Remove builds and finished runs.
	rm -rf .build .build-bench .build-mutants testnets/out
