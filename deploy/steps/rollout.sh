# shellcheck shell=bash
# Brings a release to visitors: beside what runs, then for a share of them, then for all; back when the doctor says no.

candidate=candidate
# What served each service before; empty on the first deployment.
declare -A stable

# Prints `percent,tag,revision,url` for each entry of a service's traffic.
traffic() {
  g run services describe "fortnight-$1" --region "$REGION" --flatten 'status.traffic[]' --format \
    'csv[no-heading](status.traffic.percent,status.traffic.tag,status.traffic.revisionName,status.traffic.url)'
}

# Prints the revision that most requests of a service go to; nothing if there is none yet.
serving() {
  exists g run services describe "fortnight-$1" --region "$REGION" || return 0
  traffic "$1" | grep '^[1-9]' | sort -t, -k1,1nr | head -1 | cut -d, -f3 || true
}

# Deploys a revision that no visitor reaches until `serve_newest`, unless it is the first.
deploy_candidate() {
  stable[$1]=$(serving "$1")
  apply "$@"
}

candidate_url() { traffic "$1" | grep ",$candidate," | head -1 | cut -d, -f4 || true; }

serve_newest() { run_g run services update-traffic "fortnight-$1" --to-latest --region "$REGION"; }

# Prints the status of an address. A token goes through a pipe: every user of this machine can read arguments.
status_of() {
  local address=$1 token=${2:-}
  curl --silent --output /dev/null --write-out '%{http_code}' --max-time 30 --config - "$address" \
    <<<"${token:+header = \"Authorization: Bearer $token\"}" || true
}

# Requests something of a private service's candidate as the person who deploys.
try_private() {
  local service=$1 path=$2 token status
  [ -z "$dry_run" ] && [ -n "${stable[$service]}" ] || return 0
  if [ -n "${SUBNETWORK:-}" ]; then
    echo "fortnight-$service is internal and cannot be tried from here; its startup probe passed"
    return 0
  fi
  token=$(gcloud auth print-identity-token --quiet 2>/dev/null || true)
  status=$(status_of "$(candidate_url "$service")$path" "$token")
  case $status in
    200) echo "fortnight-$service: $path of the candidate answers 200" ;;
    401 | 403) echo "fortnight-$service: your account may not call it, so it was not tried; its startup probe passed" ;;
    *) go_back "fortnight-$service: $path of the candidate answers $status" ;;
  esac
}

# Permissions take effect within minutes. Waits five minutes at most; the doctor says what is wrong after that.
await_access() {
  local address=$1 attempt status
  for attempt in {1..30}; do
    status=$(status_of "$address")
    [ "$status" != 200 ] || return 0
    echo "waiting for the new permissions ($attempt of 30): $address answers $status"
    sleep 10
  done
}

examine() { run deploy/doctor --project "$PROJECT" --region "$REGION" "$@"; }

roll_out_frontend() {
  local failed
  if [ -n "$dry_run" ]; then
    examine --tag $candidate
    split
    serve_newest frontend
    examine
    return
  fi
  if [ -z "${stable[frontend]}" ]; then
    await_access "$(url frontend)/forecast/AAPL/forecast.json"
    examine
    return
  fi
  if [ -n "$access_changed" ]; then await_access "$(candidate_url frontend)/forecast/AAPL/forecast.json"; fi
  examine --tag $candidate || go_back "the doctor says no to the candidate"
  split
  failed=$(failures_of "$(newest frontend)")
  [ -z "$failed" ] || go_back "the candidate answered visitors with errors, such as $failed"
  serve_newest frontend
  examine || go_back "the doctor says no"
}

newest() {
  g run services describe "fortnight-$1" --region "$REGION" --format 'value(status.latestReadyRevisionName)'
}

split() {
  local percent=${SPLIT_PERCENT:-10} seconds=${SPLIT_SECONDS:-120}
  run_g run services update-traffic fortnight-frontend --to-revisions "LATEST=$percent" --region "$REGION"
  echo "$percent% of the visitors get release $release for $seconds s"
  run sleep "$seconds"
}

# Prints one of the requests that a revision answered with a status from 500 in the last hour; nothing if there is none.
failures_of() {
  g logging read "resource.type=cloud_run_revision AND resource.labels.revision_name=$1 AND \
log_id(\"run.googleapis.com/requests\") AND httpRequest.status>=500" --freshness 1h --limit 1 \
    --format 'value(httpRequest.status,httpRequest.requestUrl)'
}

# Sends the traffic back to what served before, and ends with an error.
go_back() {
  local service
  echo "deploy.sh: $1" >&2
  for service in frontend plot-service predict-service; do
    [ -z "${stable[$service]:-}" ] ||
      run_g run services update-traffic "fortnight-$service" --to-revisions "${stable[$service]}=100" --region "$REGION"
  done
  fail "release $release does not serve; the former revisions do. The candidates are kept for a look at their logs"
}
