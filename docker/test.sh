#!/usr/bin/env bash
# Builds the images and runs them: file systems and histories, the whole system in compose, kills, stops under load,
# traces, metrics. Starts a Docker daemon if none runs. Prints sizes, start times and memory.
#   docker/test.sh                 everything
#   SKIP_BUILD=1 docker/test.sh    with the binaries of the last build
set -euo pipefail
cd "$(dirname "$0")/.."

left_out() {
  echo "LEFT OUT: the container images were NOT built or run: $1"
  exit 0
}

command -v docker >/dev/null || left_out "docker is not installed"
python=/usr/bin/python3
[ -x $python ] || python=python3
command -v $python >/dev/null || left_out "python3 is not installed"

work=$(mktemp -d)
daemon=
clean_up() {
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    # A stopped daemon may leave mounts, which would prevent deleting the folder.
    awk -v under="$work/" 'index($2, under) == 1 { print $2 }' /proc/mounts | xargs -r umount || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT

# A temporary daemon in its own folder, with overlay2 if the kernel supports it, and vfs otherwise.
start_daemon() {
  local driver
  for driver in overlay2 vfs; do
    dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/pid" \
      --host "unix://$work/docker.sock" --storage-driver "$driver" >"$work/dockerd.log" 2>&1 &
    daemon=$!
    for _ in $(seq 100); do
      docker --host "unix://$work/docker.sock" info >/dev/null 2>&1 && return 0
      kill -0 "$daemon" 2>/dev/null || break
      sleep 0.2
    done
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    daemon=
  done
  return 1
}

if ! docker info >/dev/null 2>&1; then
  command -v dockerd >/dev/null || left_out "no Docker daemon runs and dockerd is not installed"
  [ "$(id -u)" -eq 0 ] || left_out "no Docker daemon runs and only root can start one"
  start_daemon || left_out "dockerd does not start here: $(tail -1 "$work/dockerd.log")"
  export DOCKER_HOST=unix://$work/docker.sock
fi

if docker compose version >/dev/null 2>&1; then
  export COMPOSE="docker compose"
elif command -v docker-compose >/dev/null; then
  export COMPOSE="docker-compose"
else
  left_out "neither docker compose nor docker-compose is installed"
fi
echo "docker $(docker version --format '{{.Server.Version}}'), $COMPOSE $($COMPOSE version --short)"

export TAG=test-$$
# Those of the build below.
export PULL_POLICY=if_not_present
bash docker/build.sh
DOCKER=$(bash docker/build.sh --client) $python -m unittest discover --verbose --start-directory docker/tests \
  --pattern 'test_*.py'
