# make run    serve DIR, or a small sample tree, on LISTEN (several: with spaces)
# make build  the program at build/tarry
# make test   everything there is to test; ends in a count
# make check  the part of it that takes less than a minute
# make bench  this server beside others, in figures
# make fuzz   every parser, FUZZ_S seconds each

DIR =
LISTEN = 127.0.0.1:8102
FUZZ_S = 60

help:
	@sed -n 's/^# //p' Makefile

run: build
	@[ -n "$(DIR)" ] || tools/sample-tree build/sample
	@exec build/tarry serve "$(or $(DIR),build/sample)" \
	    $(addprefix --listen ,$(LISTEN))

build:
	@tools/install-packages run
	@tools/build release

test:
	@tools/install-packages run test
	@tools/test

check:
	@tools/install-packages run test
	@tools/test layers tidy unit wire

bench: build
	@tools/install-packages bench
	@bench/run

fuzz:
	@tools/install-packages run test
	@tools/fuzz $(FUZZ_S)

clean:
	rm -rf build

.PHONY: help run build test check bench fuzz clean
