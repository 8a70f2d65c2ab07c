#!/usr/bin/env bash
# Deploys Fortnight to Cloud Run with gcloud and the files in knative/. terraform/ does the same with Terraform.
#
#   PROJECT=my-project deploy/deploy.sh up           build, push, test beside what runs, shift the traffic, check
#   PROJECT=my-project deploy/deploy.sh releases     what runs and what ran before
#   PROJECT=my-project deploy/deploy.sh rollback [RELEASE]    back to a release; default: the one before
#   PROJECT=my-project deploy/deploy.sh watch        dashboard, alerts, uptime check
#   PROJECT=my-project deploy/deploy.sh down         delete everything (the secret only with --with-secret)
#   … --dry-run                                      print every command that would change something, run nothing
#
# Variables: PROJECT; REGION (us-central1); EDGAR_CONTACT (whom the SEC may write to, such as jane@example.com);
# EODHD_API_TOKEN or EODHD_TOKEN_FILE (stored as a new version of the secret; default: the newest enabled version, if
# any); PUBLIC_URL (the address visitors use, if it is a custom domain); SUBNETWORK (makes predict and plot internal,
# reached through this subnetwork, which needs Private Google Access); REDIS_URL and REDIS_SUBNETWORK (a cache that
# predict's instances share, and the subnetwork that leads to it); STORE_BUCKET (a bucket for the recorded
# forecasts; adds the job fortnight-nightly), RECORD_KEY_FILE (the key that signs the record, stored as a new version of a
# secret) and NIGHTLY_SCHEDULE (when the job starts, in New York time; 30 18 * * 1-5); FRONTEND_MIN, PREDICT_MIN, PLOT_MIN
# (instances kept warm, 0); FRONTEND_MAX, PREDICT_MAX, PLOT_MAX (4, 1, 4); TAG (names the release; default: the commit); DIRTY=1
# (deploys changes that are not committed, as COMMIT-dirty); SPLIT_PERCENT and SPLIT_SECONDS (share of the visitors that
# tests a release, 10, and for how long, 120); NOTIFY_EMAIL (for watch: who is told).
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' deploy/deploy.sh; }
fail() {
  echo "deploy.sh: $1" >&2
  exit 1
}

action=
release=
dry_run=
with_secret=
for argument in "$@"; do
  case $argument in
    up | down | releases | rollback | watch) action=$argument ;;
    --dry-run) dry_run=1 ;;
    --with-secret) with_secret=1 ;;
    -h | --help) usage && exit ;;
    *)
      [[ $action == rollback && $argument != -* ]] || {
        usage >&2
        fail "\`$argument\` is unknown; expected up, releases, rollback, watch, down, --dry-run or --with-secret"
      }
      release=$argument
      ;;
  esac
done
[ -n "$action" ] || { usage >&2; fail "expected up, releases, rollback, watch or down"; }
[ -n "${PROJECT:-}" ] || fail "PROJECT is not set; for example PROJECT=my-project deploy/deploy.sh $action"
REGION=${REGION:-us-central1}
registry=$REGION-docker.pkg.dev/$PROJECT/fortnight
secret=eodhd-api-token
services=(predict-service plot-service frontend)
# The programs that have an image and an account.
programs=("${services[@]}" ${STORE_BUCKET:+nightly})
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

account() { echo "fortnight-$1@$PROJECT.iam.gserviceaccount.com"; }

# Prints and runs a command that changes something; with --dry-run prints it only.
run() {
  printf '+'
  printf ' %q' "$@"
  printf '\n'
  [ -n "$dry_run" ] || "$@"
}

# Returns whether something exists. A dry run assumes that nothing does, so it shows every step.
exists() { [ -z "$dry_run" ] && "$@" >/dev/null 2>&1; }
g() { gcloud --project "$PROJECT" --quiet "$@"; }
run_g() { run gcloud --project "$PROJECT" --quiet "$@"; }

# shellcheck source=deploy/steps/project.sh
. deploy/steps/project.sh
# shellcheck source=deploy/steps/images.sh
. deploy/steps/images.sh
# shellcheck source=deploy/steps/services.sh
. deploy/steps/services.sh
# shellcheck source=deploy/steps/night.sh
. deploy/steps/night.sh
# shellcheck source=deploy/steps/rollout.sh
. deploy/steps/rollout.sh
# shellcheck source=deploy/steps/releases.sh
. deploy/steps/releases.sh
# shellcheck source=deploy/steps/watching.sh
. deploy/steps/watching.sh

up() {
  name_release
  [ -n "${EDGAR_CONTACT:-}" ] ||
    fail "EDGAR_CONTACT is not set; the SEC answers only those who name a contact: EDGAR_CONTACT=jane@example.com"
  prepare_project
  prepare_secret
  prepare_store
  push_images
  # Predict and plot first: the frontend may rely on what is new in them, and never the other way around.
  deploy_candidate predict-service "${PREDICT_MIN:-0}" "${PREDICT_MAX:-1}"
  deploy_candidate plot-service "${PLOT_MIN:-0}" "${PLOT_MAX:-4}"
  allow_only predict-service "serviceAccount:$(account frontend)" ${STORE_BUCKET:+"serviceAccount:$(account nightly)"}
  allow_only plot-service "serviceAccount:$(account frontend)"
  try_private predict-service "/predict?stock=AAPL"
  try_private plot-service /ready
  serve_newest predict-service
  serve_newest plot-service
  predict_url=$(url predict-service)
  plot_url=$(url plot-service)
  find_public_url
  deploy_candidate frontend "${FRONTEND_MIN:-0}" "${FRONTEND_MAX:-4}"
  roll_out_frontend
  deploy_night
  echo "the page: $(url frontend), release $release"
}

down() {
  local service
  delete_night
  for service in frontend plot-service predict-service; do
    run_g run services delete "fortnight-$service" --region "$REGION" || true
  done
  run_g artifacts repositories delete fortnight --location "$REGION" || true
  for service in "${services[@]}"; do
    run_g iam service-accounts delete "$(account "$service")" || true
  done
  stop_watching
  if [ -n "$with_secret" ]; then
    run_g secrets delete $secret || true
  else
    echo "the secret $secret is kept; --with-secret deletes it too"
  fi
}

if [ -z "$dry_run" ]; then
  command -v gcloud >/dev/null || fail "gcloud is not installed; https://cloud.google.com/sdk/docs/install"
fi
$action
