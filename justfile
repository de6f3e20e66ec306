# Common tasks. `just` lists them.

default:
    @just --list

# Index the sample corpus, pack it, edit it, diff it
quickstart:
    cargo run --release -- quickstart

# The test suite, as in the README
test:
    cargo test --workspace

# All that a change must pass
ci:
    .ci/run

# Numbers that the documentation quotes
reproduce:
    cargo run --release -- build handbook
    cargo run --release -- eval reproduce handbook

# Format everything
fmt:
    cargo fmt --all
