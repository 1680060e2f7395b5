# SPDX-License-Identifier: MPL-2.0
# minihost.mk -- how minihost is built; for inclusion by the Makefile at the top, or by the one in this folder.
#
#   $(BUILD)/minihost             the switch
#   $(BUILD)/minihost-test        the module its own tests load, and their tools
#   SANITIZE=address,undefined    with sanitizers, in folders of their own (and another BUILD, if both are wanted)

BUILD ?= build
MINIHOST_DIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
MINIHOST_TOP := $(MINIHOST_DIR)/../..
MINIHOST_OBJ := $(BUILD)/minihost.d
MINIHOST_TEST := $(BUILD)/minihost-test
MINIHOST_LIBS := opus speexdsp sndfile expat uuid sqlite3

MINIHOST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g -pthread -MMD -MP \
	-I$(MINIHOST_TOP)/include -I$(MINIHOST_TOP)/include/freeswitch $(shell pkg-config --cflags $(MINIHOST_LIBS))
# -rdynamic: a module finds the switch's functions in the executable
MINIHOST_LDFLAGS := -rdynamic -pthread
MINIHOST_LDLIBS := $(shell pkg-config --libs $(MINIHOST_LIBS)) -ldl -lm

ifdef SANITIZE
MINIHOST_CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
MINIHOST_LDFLAGS += -fsanitize=$(SANITIZE)
endif

# mod_*.c are modules of the test's
MINIHOST_SOURCES := $(sort $(filter-out $(MINIHOST_DIR)/mod_%.c,$(wildcard $(MINIHOST_DIR)/*.c)))
MINIHOST_OBJECTS := $(patsubst $(MINIHOST_DIR)/%.c,$(MINIHOST_OBJ)/%.o,$(MINIHOST_SOURCES))

$(BUILD)/minihost: $(MINIHOST_OBJECTS)
	$(CC) $(MINIHOST_LDFLAGS) -o $@ $^ $(MINIHOST_LDLIBS)

$(MINIHOST_OBJ)/%.o: $(MINIHOST_DIR)/%.c | $(MINIHOST_OBJ)
	$(CC) $(MINIHOST_CFLAGS) -c -o $@ $<

$(MINIHOST_TEST)/mod_%.so: $(MINIHOST_DIR)/testdata/mod_%.c | $(MINIHOST_TEST)
	$(CC) $(MINIHOST_CFLAGS) -fPIC -shared -o $@ $< -lm

$(MINIHOST_TEST)/mod_%.so: $(MINIHOST_DIR)/mod_%.c | $(MINIHOST_TEST)
	$(CC) $(MINIHOST_CFLAGS) -fPIC -shared -o $@ $<

$(MINIHOST_TEST)/%: $(MINIHOST_DIR)/testdata/%.c | $(MINIHOST_TEST)
	$(CC) $(MINIHOST_CFLAGS) $(filter -fsanitize=%,$(MINIHOST_LDFLAGS)) -o $@ $< -lsndfile -lm

$(MINIHOST_OBJ) $(MINIHOST_TEST):
	mkdir -p $@

.PHONY: minihost minihost-test
minihost: $(BUILD)/minihost

minihost-test: $(BUILD)/minihost $(MINIHOST_TEST)/mod_tone_test.so $(MINIHOST_TEST)/mod_old_test.so $(MINIHOST_TEST)/mod_part_test.so $(MINIHOST_TEST)/tonelevel
	BUILD=$(BUILD) $(MINIHOST_DIR)/test.sh

-include $(MINIHOST_OBJECTS:.o=.d)
