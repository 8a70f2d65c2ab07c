# `just` lists these commands; https://just.systems installs it.

_default:
    @just --list

# Start everything on this machine; `just run --live` uses the real sources
run *ARGS:
    cargo run --release --locked -- {{ARGS}}

# Check formatting and lints
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Run the tests of one crate, or of all: `just test -p plot-service`
test *ARGS="--workspace":
    cargo test --release --locked {{ARGS}}

# Everything a change must pass, including browser, deployment and images
ci *STEPS:
    .ci/test {{STEPS}}

# Run the benchmarks of one crate: `just bench forecast-model`
bench CRATE *ARGS:
    cargo bench --locked -p {{CRATE}} -- {{ARGS}}
