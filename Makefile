# SPDX-License-Identifier: Apache-2.0
# make run    boot a stock Linux kernel in a VM        make bench  measure beside QEMU
# make test   every test, the lab's included           make fuzz   long random tests
# make lint   format and structure                     make prove  the long proofs, with a report
# make build  the release programs, in .build/release  make clean  remove all that was built
# make image  a Debian disk image that boots by BIOS and UEFI; prints its path

.PHONY: run test bench fuzz lint prove build image clean

run:
	@scripts/run

test:
	@scripts/test

build:
	@scripts/build

bench:
	@Benchmarks/run

fuzz:
	@scripts/build
	@Fuzz/run $(or $(SECONDS_EACH),600)

lint:
	@scripts/lint

prove:
	@scripts/prove

image:
	@scripts/image

clean:
	rm -rf .build
