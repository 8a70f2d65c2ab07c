# shellcheck shell=bash
# Lists releases and returns to one. Every revision has the label `release`, the same for all three services.

# Prints `release,revision` of a service's ready revisions, newest first.
revisions_of() {
  g run revisions list --service "fortnight-$1" --region "$REGION" --sort-by ~metadata.creationTimestamp \
    --flatten 'status.conditions[]' --filter 'status.conditions.type=Ready AND status.conditions.status=True' \
    --format 'csv[no-heading](metadata.labels.release,metadata.name)'
}

# Prints the release of a service's revision that most requests go to.
serving_release() {
  local revision
  revision=$(serving "$1")
  revisions_of "$1" | grep ",$revision$" | cut -d, -f1 | head -1 || true
}

releases() {
  local service
  for service in "${services[@]}"; do
    echo "fortnight-$service serves $(serving_release "$service"); ready revisions, newest first:"
    revisions_of "$service" | sed 's/^/  /; s/,/  /'
  done
  echo "deploy/deploy.sh rollback RELEASE returns to one of them"
}

rollback() {
  local service revision
  local -A target
  if [ -z "$release" ]; then
    release=$(revisions_of frontend | cut -d, -f1 | grep . | uniq | grep -A1 -x "$(serving_release frontend)" | sed -n 2p || true)
    [ -n "$release" ] || fail "there is no release before the one that serves"
  fi
  for service in "${services[@]}"; do
    target[$service]=$(revisions_of "$service" | grep "^$release," | head -1 | cut -d, -f2 || true)
    [ -n "${target[$service]}" ] ||
      fail "fortnight-$service has no ready revision of release $release; deploy/deploy.sh releases lists them"
  done
  # The frontend first: a new one may rely on what is new in the others.
  for service in frontend plot-service predict-service; do
    run_g run services update-traffic "fortnight-$service" --to-revisions "${target[$service]}=100" --region "$REGION"
  done
  echo "release $release serves; the next deploy.sh up moves on from it"
}
