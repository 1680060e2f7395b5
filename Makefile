# SPDX-License-Identifier: MPL-2.0
# make          the module, for FreeSWITCH where it is installed, else for minihost
# make demo     two callers in a real room          make test     all tests
#               DEMO_PAGE=1: it stays, and a browser joins them
# make install  into FreeSWITCH                      make deb, make rpm: packages of it
# make lint     linters; make lint-ci: those that CI runs
# make format   Go and C as the linters want them
# make bench    cost and speed of calls             make fuzz     each fuzz target for FUZZTIME
# make sanitize the tests in minihost under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer

BUILD ?= build
# an absolute path, since go and the tests run in folders of their own
override BUILD := $(abspath $(BUILD))
.DEFAULT_GOAL := all

# --- FreeSWITCH: pkg-config, FREESWITCH_PREFIX, or the default prefix ---
PACKAGED_PREFIX := $(shell pkg-config --variable=prefix freeswitch 2>/dev/null)
FREESWITCH_PREFIX ?= $(or $(PACKAGED_PREFIX),/usr/local/freeswitch)
FREESWITCH_HEADER := $(firstword $(wildcard $(FREESWITCH_PREFIX)/include/freeswitch/switch.h $(FREESWITCH_PREFIX)/include/switch.h))
# what pkg-config says of the module folder is of the FreeSWITCH that it knows, which may be another one
FREESWITCH_MODDIR ?= $(or $(if $(filter $(PACKAGED_PREFIX),$(FREESWITCH_PREFIX)),$(shell pkg-config --variable=modulesdir freeswitch)),\
	$(firstword $(wildcard $(FREESWITCH_PREFIX)/lib/freeswitch/mod)),$(FREESWITCH_PREFIX)/mod)
FREESWITCH_CONFDIR ?= $(firstword $(wildcard $(FREESWITCH_PREFIX)/etc/freeswitch /etc/freeswitch) $(FREESWITCH_PREFIX)/conf)
export FREESWITCH_PREFIX

# What the module compares with the version of the switch that loads it. pkg-config knows one FreeSWITCH, which may be
# another one; minihost's is in its header.
FREESWITCH_VERSION ?= $(or $(shell sed -n 's/^Version: *//p' $(FREESWITCH_PREFIX)/lib/pkgconfig/freeswitch.pc 2>/dev/null),\
	$(if $(filter $(PACKAGED_PREFIX),$(FREESWITCH_PREFIX)),$(shell pkg-config --modversion freeswitch)))
MINIHOST_VERSION := $(shell sed -n 's/^.define MH_VERSION "\(.*\)"/\1/p' test/minihost/minihost.h)

HOSTS := $(if $(FREESWITCH_HEADER),freeswitch) minihost
CFLAGS_freeswitch = -I$(dir $(FREESWITCH_HEADER)) -DJANUS_SWITCH_VERSION=$(strip $(FREESWITCH_VERSION))
CFLAGS_minihost = -I$(CURDIR)/include/freeswitch -DJANUS_SWITCH_VERSION=$(MINIHOST_VERSION)
# for-HOST-panic: exports panic on demand, for TestPanic
CFLAGS_freeswitch-panic = $(CFLAGS_freeswitch)
CFLAGS_minihost-panic = $(CFLAGS_minihost)
TAGS_freeswitch-panic := -tags panictest
TAGS_minihost-panic := -tags panictest

# A Go library can never be unmapped: nodelete keeps it in memory when the switch unloads it.
GO_LDFLAGS = $(GO_STRIP) $(GO_STAMP) -extldflags "-Wl,-z,nodelete"
GO_STRIP := -s -w
# The same commit gives the same file, wherever it is built: no path of this machine and no build id, which is made of such
# paths, is in it.
VERSION = $(shell scripts/version)
REVISION = $(shell scripts/version revision)
GO_STAMP = -buildid= -X mod_janus/bridge.stampedVersion=$(VERSION) -X mod_janus/bridge.stampedRevision=$(REVISION)
GOFLAGS_SO := -trimpath -buildvcs=false
GO_SOURCES := go.mod go.sum $(shell find bridge janusclient module -name '*.go' ! -name '*_test.go' ! -path '*/janustest/*') \
	$(shell find bridge/web/page -type f)
C_SOURCES := $(wildcard module/*.c module/*.h) $(wildcard include/*.h include/freeswitch/*.h)

-include test/minihost/minihost.mk

# Go's -asan checks its own accesses to C memory too (the rings); symbols stay, for the reports.
ifdef SANITIZE
GOFLAGS_SO += -asan
GO_STRIP :=
CFLAGS_SANITIZE := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
endif

.PHONY: all install deb rpm package-binaries package-test setup janus test modules unit unit-http unit-ws unit-netns e2e sanitize sanitize-e2e sanitize-ci cgocheck lint lint-ci format demo bench fuzz clean
all: $(BUILD)/for-$(firstword $(HOSTS))/mod_janus.so

.PRECIOUS: $(BUILD)/for-%/mod_janus.so
$(BUILD)/for-%/mod_janus.so: $(GO_SOURCES) $(C_SOURCES)
	@mkdir -p $(@D)
	CGO_ENABLED=1 CGO_CFLAGS='-O2 -g -Wall -Wextra -Werror -Wno-unused-parameter $(CFLAGS_SANITIZE) $(CFLAGS_$*)' \
		CGO_LDFLAGS='$(filter -fsanitize=%,$(CFLAGS_SANITIZE))' \
		go build $(GOFLAGS_SO) $(TAGS_$*) -buildmode=c-shared -ldflags '$(GO_LDFLAGS)' -o $@ ./module

install: $(BUILD)/for-freeswitch/mod_janus.so
	install -D -m 755 $(BUILD)/for-freeswitch/mod_janus.so $(DESTDIR)$(FREESWITCH_MODDIR)/mod_janus.so
	@scripts/install-conf $(DESTDIR)$(FREESWITCH_CONFDIR)/autoload_configs/janus.conf.xml $(FREESWITCH_GROUP)
	@echo "Now in fs_cli: load mod_janus (a new build takes effect when FreeSWITCH is restarted)"

# --- packages ---
# PACKAGE_FOR=minihost is for the tests: a package of another name, whose module no FreeSWITCH loads.
PACKAGE_FOR ?= freeswitch
PACKAGE_NAME := $(PACKAGE_FOR)-mod-janus
MAINTAINER ?= mod_janus maintainers <maintainers@mod-janus.example>
SOURCE_DATE_EPOCH ?= $(shell scripts/version epoch)
PACKAGED := $(BUILD)/package/$(PACKAGE_NAME)
deb rpm: package-binaries
	@NAME=$(PACKAGE_NAME) VERSION='$(VERSION)' SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) MAINTAINER='$(MAINTAINER)' WORK=$(PACKAGED)/$@ OUT=$(BUILD)/packages \
		MODULE=$(PACKAGED)/for-$(PACKAGE_FOR)/mod_janus.so CHECK=$(PACKAGED)/janus-conf-check scripts/package/build $@

# Built each time, since the version is in it.
package-binaries:
ifeq ($(PACKAGE_FOR)$(FREESWITCH_HEADER),freeswitch)
	@echo "The package is compiled against FreeSWITCH's own headers, and there are none in $(FREESWITCH_PREFIX)/include:" >&2
	@echo "install them (libfreeswitch-dev, freeswitch-devel), or say where FreeSWITCH is: make deb FREESWITCH_PREFIX=/opt/freeswitch" >&2
	@exit 1
endif
	@rm -rf $(PACKAGED)
	@$(MAKE) --no-print-directory -s BUILD=$(PACKAGED) $(PACKAGED)/for-$(PACKAGE_FOR)/mod_janus.so
	@go build $(GOFLAGS_SO) -buildmode=pie -ldflags '$(GO_STRIP) -buildid=' -o $(PACKAGED)/janus-conf-check ./cmd/janus-conf-check

# What is in them, what their scripts do, and that they come out the same again.
package-test: $(BUILD)/minihost
	@scripts/setup lintian mandoc rpm
	MOD_JANUS_MINIHOST=$(BUILD)/minihost go test -count=1 ./test/packages

setup:
	@scripts/setup

# The versions of Janus that the end-to-end tests run against, one after the other: 1.1.2, 1.4.1 or all of them.
MOD_JANUS_JANUS ?= all
JANUS_VERSIONS := $(if $(filter all,$(MOD_JANUS_JANUS)),1.1.2 1.4.1,$(MOD_JANUS_JANUS))
# Janus 1.4.1 is unpacked here, once.
export MOD_JANUS_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mod_janus
janus:
	@$(if $(filter 1.4.1,$(JANUS_VERSIONS)),scripts/janus-1.4 $(MOD_JANUS_CACHE)/janus-1.4.1)

# What needs libraries that setup installs is made by a make of its own, whose pkg-config finds them.
test: setup janus
	@$(if $(CI),$(MAKE) --no-print-directory lint-ci sanitize-ci)
	@$(MAKE) --no-print-directory minihost-test modules
	@$(MAKE) --no-print-directory package-test unit e2e

modules: $(BUILD)/minihost $(foreach host,$(HOSTS),$(BUILD)/for-$(host)/mod_janus.so)

# Go's packages but the module, whose cgo needs a host, and the end-to-end tests, which need a built module.
PACKAGES := ./bridge/... ./cmd/... ./janusclient/... ./test/bench/... ./test/demo/... ./test/impair/... ./test/lab/... ./test/style ./scripts/...
# They mostly wait, so that the three runs go side by side, once what they share is compiled.
unit:
	go build -race $(filter-out ./test/style,$(PACKAGES))
	@$(MAKE) --no-print-directory --keep-going --jobs=3 --output-sync=target unit-http unit-ws unit-netns

unit-http:
	go test -race $(PACKAGES)
unit-ws:
	JANUS_TRANSPORT=ws go test -race ./bridge ./janusclient
unit-netns:
	go test -race -exec $(CURDIR)/scripts/netns ./test/lab ./janusclient/examples/playfile

e2e: modules $(foreach host,$(HOSTS),e2e-$(host))

# In CI time is short: the whole suite runs in minihost against the newest Janus. FreeSWITCH, where it is installed, and
# the older Janus are shown the essentials.
ESSENTIALS := TestDialString|TestToneIsHeard|TestTwoHear|TestBridge|TestConsole|TestLoadCallsUnload|TestShutdown|TestRejoin|TestJanusEnds|TestAuth|TestVariables
E2E_RUN_freeswitch := $(if $(CI),-run '$(ESSENTIALS)')
# What depends on how a Janus behaves: JSON as shipped, large rooms, ids, suspend, secrets, pauses, levels, kicks, locks.
OF_A_JANUS := BigRooms|TooLarge|Configurations|IDs|Controls|Verbs|MuteAll|Secret|Holes|Talk|Thrown|Lock|Keypad|Room
E2E_RUN_1.1.2 := $(if $(CI),-run '$(ESSENTIALS)|$(OF_A_JANUS)')

# The tests mostly wait, so that in minihost two runs go side by side; FreeSWITCH's threads have a real-time priority and would
# take the CPU from a second one. A whole suite goes in two parts, by the first letter of the test, so that the second one can
# begin when the shorter suite of the other Janus is over. What each prints comes at its end, in one piece.
E2E_JOBS_freeswitch := 1
E2E_JOBS_minihost := 2
E2E_PARTS_minihost := A-O P-Z
E2E_PART_A-O := -run '^Test[A-O]'
# The second one has the tests of pools, which have three Janus and two switches each: few of them go side by side.
E2E_PART_P-Z := -parallel 3 -skip '^Test[A-O]'
# Where E2E_RUN says what to run, it runs in one piece.
e2e_parts = $(if $(or $(E2E_RUN_$(1)),$(E2E_RUN_$(2))),,$(E2E_PARTS_$(1)))
e2e_runs = $(foreach part,$(or $(call e2e_parts,$(1),$(2)),all),host-$(1)-janus-$(2)-$(part))
e2e-%: modules janus $(BUILD)/for-%-panic/mod_janus.so
	@$(MAKE) --no-print-directory --keep-going --jobs=$(E2E_JOBS_$*) --output-sync=target $(foreach version,$(JANUS_VERSIONS),$(call e2e_runs,$*,$(version)))

# host-HOST-janus-VERSION-PART is the end-to-end tests of one host against one Janus: all, or one part of them.
# -exec: in a network namespace, since a real Janus takes no loopback candidates
define E2E
.PHONY: host-$(1)-janus-$(2)-$(3)
host-$(1)-janus-$(2)-$(3):
	@echo "The end-to-end tests in $(1), against Janus $(2)$(if $(filter all,$(3)),, ($(3)))"; \
	MOD_JANUS_JANUS=$(2) MOD_JANUS_HOST=$(1) MOD_JANUS_SO=$(BUILD)/for-$(1)/mod_janus.so MOD_JANUS_MINIHOST=$(BUILD)/minihost \
		MOD_JANUS_PANIC_SO=$(BUILD)/for-$(1)-panic/mod_janus.so \
		go test -count=1 -timeout 45m -parallel 6 $$(or $$(E2E_PART_$(3)),$$(E2E_RUN_$(1)),$$(E2E_RUN_$(2))) -exec $(CURDIR)/scripts/netns ./test/e2e
endef
$(foreach host,$(HOSTS),$(foreach version,$(JANUS_VERSIONS),$(foreach part,all $(E2E_PARTS_$(host)),$(eval $(call E2E,$(host),$(version),$(part))))))

# make sanitize SANITIZE_RUN=TestReload: some of the tests
SANITIZE_RUN ?= .
SANITIZED := BUILD=$(BUILD)/sanitize SANITIZE=address,undefined HOSTS=minihost
sanitize: setup
	@$(MAKE) --no-print-directory $(SANITIZED) minihost-test sanitize-e2e

# Whatever a sanitizer has to say is in what a switch printed; a leak is found when it ends.
sanitize-e2e: modules janus
	@rm -rf $(BUILD)/output; mkdir -p $(BUILD)/output
	@MOD_JANUS_JANUS=$(lastword $(JANUS_VERSIONS)) MOD_JANUS_OUTPUT=$(BUILD)/output ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 \
		MOD_JANUS_HOST=minihost MOD_JANUS_SO=$(BUILD)/for-minihost/mod_janus.so MOD_JANUS_MINIHOST=$(BUILD)/minihost \
		go test -count=1 -timeout 15m -parallel 4 -run '$(SANITIZE_RUN)' -exec $(CURDIR)/scripts/netns ./test/e2e; status=$$?; \
	! grep -A60 -E 'ERROR: [A-Za-z]+Sanitizer|runtime error:' $(BUILD)/output/* && exit $$status

# In CI, where most of the time goes into the build: a call that is heard, and the module loaded, unloaded, loaded.
sanitize-ci:
	@$(MAKE) --no-print-directory $(SANITIZED) SANITIZE_RUN='^(TestToneIsHeard|TestLoadCallsUnload)' sanitize-e2e

# All of cgo's checks that no pointer into Go's memory stays in C's; SANITIZE_RUN says which tests here too.
cgocheck: setup
	@GODEBUG=cgocheck=1 GOEXPERIMENT=cgocheck2 $(MAKE) --no-print-directory BUILD=$(BUILD)/cgocheck HOSTS=minihost \
		E2E_RUN_minihost="-run '$(SANITIZE_RUN)'" e2e-minihost

CLANG_FORMAT := git ls-files '*.c' '*.h' | xargs clang-format
format:
	@scripts/setup clang-format
	gofmt -w .
	$(CLANG_FORMAT) -i

# The module too, against the stand-in of FreeSWITCH's header.
LINTED := $(PACKAGES) ./test/e2e/... ./test/packages ./module
LINT_CFLAGS := CGO_CFLAGS=-I$(CURDIR)/include/freeswitch
lint: lint-ci
	@$(LINT_CFLAGS) scripts/vulncheck $(LINTED)

# golangci-lint is also go vet and staticcheck.
lint-ci:
	@scripts/setup clang-format cppcheck
	gofmt -d . | (! grep .)
	$(CLANG_FORMAT) --dry-run -Werror
	cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		-Iinclude -Iinclude/freeswitch -Imodule module/*.c test/minihost/*.c
	$(LINT_CFLAGS) go tool -modfile=tools/go.mod golangci-lint run --timeout 20m $(LINTED)

# make demo DEMO_PAGE=1 stays, with the live page; it runs on this machine's own address, which a browser can reach.
DEMO_PAGE ?=
demo: setup
	@$(MAKE) --no-print-directory modules >/dev/null
	@go build -o $(BUILD)/demo ./test/demo
	@$(if $(DEMO_PAGE),,scripts/netns) $(BUILD)/demo $(if $(DEMO_PAGE),-page) -host $(firstword $(HOSTS)) -module $(BUILD)/for-$(firstword $(HOSTS))/mod_janus.so \
		-minihost $(BUILD)/minihost -out $(BUILD)/demo.wav

# make bench BENCH='-what limit old=/path/mod_janus.so new=build/for-freeswitch/mod_janus.so'
# make bench BENCH='-legs 40 -for 20s -json b.json -chart b.svg old=/path/mod_janus.so new=build/for-freeswitch/mod_janus.so'
BENCH ?= this=$(BUILD)/for-$(firstword $(HOSTS))/mod_janus.so
bench: setup
	@$(MAKE) --no-print-directory modules >/dev/null
	@go build -o $(BUILD)/bench ./test/bench
	@scripts/netns $(BUILD)/bench -host $(firstword $(HOSTS)) -minihost $(BUILD)/minihost $(BENCH)

FUZZTIME ?= 30s
fuzz:
	@for package in ./bridge ./bridge/archive ./bridge/config ./bridge/media ./janusclient ./janusclient/admin ./janusclient/audiobridge ./janusclient/audioroom; do \
		for target in $$(go test -list '^Fuzz' $$package | grep ^Fuzz); do \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

clean:
	rm -rf $(BUILD)
