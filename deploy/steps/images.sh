# shellcheck shell=bash
# Names the release, and builds and pushes its images.

# Sets `release` and `revision`. What runs must be found again, so changes that are not committed are named as such.
name_release() {
  revision=$(git rev-parse HEAD)
  release=${TAG:-$(git rev-parse --short=12 HEAD)}
  if [ -n "$(git status --porcelain)" ]; then
    [ -n "${DIRTY:-}" ] ||
      fail "there are changes that are not committed; commit them, or set DIRTY=1 to deploy them as $release-dirty"
    revision=$revision-dirty
    release=$release-dirty
  fi
  [[ $release =~ ^[a-z0-9][a-z0-9_-]{0,62}$ ]] ||
    fail "TAG is \`$release\`; expected lower-case letters, digits, - and _, as it becomes a label"
}

# Sets `images[service]` to the digests.
declare -A images
push_images() {
  local service reference
  run gcloud --quiet auth configure-docker "$REGION-docker.pkg.dev"
  for service in "${programs[@]}"; do
    reference=$registry/$service:$release
    run env DOCKER_BUILDKIT=1 docker build --file docker/Dockerfile --target "$service" --platform linux/amd64 \
      --build-arg REVISION="$revision" --build-arg CREATED="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
      --tag "$reference" .
    run docker push "$reference"
    if [ -n "$dry_run" ]; then
      images[$service]=$registry/$service@sha256:$(printf '0%.0s' {1..64})
    else
      images[$service]=$(g artifacts docker images describe "$reference" \
        --format 'value(image_summary.fully_qualified_digest)')
      [[ ${images[$service]} == *@sha256:* ]] || fail "the registry reports no digest for $reference"
    fi
  done
}
