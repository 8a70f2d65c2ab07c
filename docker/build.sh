#!/usr/bin/env bash
# Builds the images from binaries compiled here rather than in a container: quick on a developer's machine, and
# possible where no base image can be pulled. The run images are those of the Dockerfile.
#   docker/build.sh [TARGET…]      TAG names them, SKIP_BUILD=1 takes the binaries of the last build
#   docker/build.sh --client       print the Docker client used
set -euo pipefail
cd "$(dirname "$0")/.."

# A client that can drive BuildKit: recent ones need the buildx plugin, Debian's includes it.
docker=docker
if ! DOCKER_BUILDKIT=1 docker build --help >/dev/null 2>&1 && [ -x /usr/bin/docker ]; then
  docker=/usr/bin/docker
fi
if [ "${1:-}" = --client ]; then
  echo "$docker"
  exit
fi

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(frontend predict-service plot-service market-sim nightly)
if [ -z "${SKIP_BUILD:-}" ]; then
  nice sh docker/prepare.sh compile
fi
sh docker/rootfs.sh target/images

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
for target in "${targets[@]}"; do
  DOCKER_BUILDKIT=1 $docker build --quiet --file docker/Dockerfile --target "$target" \
    --build-arg BINARIES=prebuilt \
    --build-arg VERSION="$version" \
    --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    --build-arg CREATED="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --tag "fortnight/$target:${TAG:-$version}" . >/dev/null
  echo "built fortnight/$target:${TAG:-$version}"
done
