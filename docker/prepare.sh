#!/bin/sh
# The steps of the Dockerfile's build stages; `docker/build.sh` runs the same commands outside a container.
#   prepare.sh shells    keep the manifests, empty every crate
#   prepare.sh touch     make cargo see that the crates are no longer empty
#   prepare.sh toolchain add what compiling for another processor needs
#   prepare.sh compile   build the five programs as the images carry them
set -eu
. docker/target.sh

shells() {
  find . -type f ! -name Cargo.toml ! -name Cargo.lock ! -name '*.rs' \
    ! -path './docker/*.sh' -delete
  find . -name '*.rs' | while read -r file; do
    case $file in
      */main.rs | */src/bin/* | */build.rs | */benches/* | */examples/* | */tests/*.rs) echo 'fn main() {}' >"$file" ;;
      */src/lib.rs) : >"$file" ;;
      *) rm "$file" ;;
    esac
  done
}

# Copied files keep their old times, so cargo would not rebuild them.
touch_sources() { find . -name '*.rs' -exec touch {} +; }

# Compiles for the other processor with a cross compiler: emulating the whole compilation would take hours.
toolchain() {
  [ "$target" != "$host" ] || return 0
  rustup target add "$target"
  package=$(echo "${target%%-*}" | tr _ -)
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "gcc-$package-linux-gnu" "libc6-dev-$TARGETARCH-cross"
}

# Static position-independent programs: nothing to load, nothing to patch in the image but the program itself.
compile() {
  # With --target the flags reach the programs only, not build scripts and macros.
  RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --profile "${PROFILE:-image}" --target "$target" \
    --features service-runtime/otel \
    -p frontend -p predict-service -p plot-service -p market-sim -p nightly --bins
}

case ${1:-} in
  shells) shells ;;
  touch) touch_sources ;;
  toolchain) toolchain ;;
  compile) compile ;;
  *) echo "usage: $0 shells | touch | toolchain | compile" >&2 && exit 2 ;;
esac
