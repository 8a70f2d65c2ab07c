#!/usr/bin/env bash
# Deploys Fortnight to Cloud Run with gcloud and the files in knative/. terraform/ does the same with Terraform.
#
#   PROJECT=my-project deploy/deploy.sh up          build, push, deploy, check; run it again to update
#   PROJECT=my-project deploy/deploy.sh down        delete everything (the secret only with --with-secret)
#   … --dry-run                                     print every command that would change something, run nothing
#
# Variables: PROJECT; REGION (us-central1); TAG (the commit); PUBLIC_URL (the address visitors use, if it is a custom
# domain); EODHD_API_TOKEN or EODHD_TOKEN_FILE (stored as a new version of the secret; default: the newest enabled
# version, if any); SUBNETWORK (makes predict and plot internal, reached through this subnetwork, which needs Private
# Google Access); FRONTEND_MIN, PREDICT_MIN, PLOT_MIN (instances kept warm, 0); FRONTEND_MAX, PREDICT_MAX, PLOT_MAX
# (4, 1, 4).
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,13s/^# \{0,1\}//p' deploy/deploy.sh; }
fail() {
  echo "deploy.sh: $1" >&2
  exit 1
}

action=
dry_run=
with_secret=
for argument in "$@"; do
  case $argument in
    up | down) action=$argument ;;
    --dry-run) dry_run=1 ;;
    --with-secret) with_secret=1 ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && fail "\`$argument\` is unknown; expected up, down, --dry-run or --with-secret" ;;
  esac
done
[ -n "$action" ] || { usage >&2; fail "expected up or down"; }
[ -n "${PROJECT:-}" ] || fail "PROJECT is not set; for example PROJECT=my-project deploy/deploy.sh $action"
REGION=${REGION:-us-central1}
registry=$REGION-docker.pkg.dev/$PROJECT/fortnight
secret=eodhd-api-token
services=(predict-service plot-service frontend)
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

prepare_project() {
  run gcloud --project "$PROJECT" --quiet services enable \
    artifactregistry.googleapis.com iam.googleapis.com run.googleapis.com secretmanager.googleapis.com
  exists g artifacts repositories describe fortnight --location "$REGION" ||
    run gcloud --project "$PROJECT" --quiet artifacts repositories create fortnight \
      --location "$REGION" --repository-format docker --description "Fortnight's images"
  local service
  for service in "${services[@]}"; do
    exists g iam service-accounts describe "$(account "$service")" ||
      run gcloud --project "$PROJECT" --quiet iam service-accounts create "fortnight-$service" \
        --display-name "Fortnight $service"
  done
}

# Stores the token, lets predict-service read it, and sets `token_version`, which stays empty without a token.
prepare_secret() {
  exists g secrets describe $secret ||
    run gcloud --project "$PROJECT" --quiet secrets create $secret --replication-policy automatic
  if [ -n "${EODHD_TOKEN_FILE:-}" ]; then
    [ -s "$EODHD_TOKEN_FILE" ] || fail "EODHD_TOKEN_FILE is \`$EODHD_TOKEN_FILE\`, which is not a file with a token in it"
    run gcloud --project "$PROJECT" --quiet secrets versions add $secret --data-file "$EODHD_TOKEN_FILE"
  elif [ -n "${EODHD_API_TOKEN:-}" ]; then
    # Through a pipe: every user of this machine can read command-line arguments.
    echo "+ gcloud --project $PROJECT --quiet secrets versions add $secret --data-file - (the token from EODHD_API_TOKEN)"
    [ -n "$dry_run" ] ||
      printf %s "$EODHD_API_TOKEN" | g secrets versions add $secret --data-file -
  fi
  run gcloud --project "$PROJECT" --quiet secrets add-iam-policy-binding $secret \
    --member "serviceAccount:$(account predict-service)" --role roles/secretmanager.secretAccessor
  if [ -n "$dry_run" ]; then
    token_version=1
  else
    token_version=$(g secrets versions list $secret --filter state=ENABLED --sort-by ~createTime --limit 1 \
      --format 'value(name.basename())')
  fi
  [ -n "$token_version" ] || echo "no EODHD token: forecasts will have no news"
}

# Builds and pushes the images, and sets `images[service]` to their digests.
declare -A images
push_images() {
  local tag service reference
  tag=${TAG:-$(git rev-parse --short=12 HEAD)}
  run gcloud --quiet auth configure-docker "$REGION-docker.pkg.dev"
  for service in "${services[@]}"; do
    reference=$registry/$service:$tag
    run env DOCKER_BUILDKIT=1 docker build --file docker/Dockerfile --target "$service" --platform linux/amd64 \
      --build-arg REVISION="$(git rev-parse HEAD)" --build-arg CREATED="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
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

# Fills in a service's file and removes its optional parts, which stand between comments.
render() {
  local service=$1 min=$2 max=$3 file
  file=$work/$service.yaml
  cp "deploy/knative/$service.yaml" "$file"
  [ -n "$token_version" ] || sed -i '/# secret:/,/# end of secret/d' "$file"
  [ -n "${SUBNETWORK:-}" ] || sed -i '/# vpc:/,/# end of vpc/d' "$file"
  sed -i \
    -e "s|\${PROJECT}|$PROJECT|g" -e "s|\${REGION}|$REGION|g" -e "s|\${IMAGE}|${images[$service]}|g" \
    -e "s|\${MIN_INSTANCES}|$min|g" -e "s|\${MAX_INSTANCES}|$max|g" \
    -e "s|\${PRIVATE_INGRESS}|${SUBNETWORK:+internal}|g" -e 's|run.googleapis.com/ingress: $|run.googleapis.com/ingress: all|' \
    -e "s|\${TOKEN_VERSION}|$token_version|g" -e "s|\${SUBNETWORK}|${SUBNETWORK:-}|g" \
    -e "s|\${PREDICT_URL}|${predict_url:-}|g" -e "s|\${PLOT_URL}|${plot_url:-}|g" \
    -e "s|\${PUBLIC_URL}|${public_url:-}|g" -e '1d' "$file"
  # A variable left in the file is missing above.
  if grep -n '\${[A-Z_]*}' "$file"; then fail "deploy/knative/$service.yaml has variables that deploy.sh does not know"; fi
}

apply() {
  local service=$1
  render "$@"
  [ -z "$dry_run" ] || sed 's/^/    | /' "$work/$service.yaml"
  run gcloud --project "$PROJECT" --quiet run services replace "$work/$service.yaml" --region "$REGION"
}

url() {
  if [ -n "$dry_run" ]; then
    echo "https://fortnight-$1-example.a.run.app"
  else
    g run services describe "fortnight-$1" --region "$REGION" --format 'value(status.url)'
  fi
}

# The address visitors use: PUBLIC_URL, or the one Cloud Run gives the frontend, which follows from the project's number.
find_public_url() {
  local number
  if [ -n "${PUBLIC_URL:-}" ]; then
    public_url=$PUBLIC_URL
  elif [ -n "$dry_run" ]; then
    public_url=https://fortnight-frontend-123456789.$REGION.run.app
  else
    number=$(g projects describe "$PROJECT" --format 'value(projectNumber)')
    [[ $number =~ ^[0-9]+$ ]] || fail "gcloud reports no number for the project $PROJECT: \`$number\`"
    public_url=https://fortnight-frontend-$number.$REGION.run.app
  fi
}

# Lets only this member call a service.
allow_only() {
  local service=$1 member=$2
  printf 'bindings:\n- role: roles/run.invoker\n  members:\n  - %s\n' "$member" >"$work/policy.yaml"
  echo "# roles/run.invoker on fortnight-$service: $member"
  run gcloud --project "$PROJECT" --quiet run services set-iam-policy "fortnight-$service" "$work/policy.yaml" \
    --region "$REGION"
}

up() {
  prepare_project
  prepare_secret
  push_images
  apply predict-service "${PREDICT_MIN:-0}" "${PREDICT_MAX:-1}"
  apply plot-service "${PLOT_MIN:-0}" "${PLOT_MAX:-4}"
  allow_only predict-service "serviceAccount:$(account frontend)"
  allow_only plot-service "serviceAccount:$(account frontend)"
  predict_url=$(url predict-service)
  plot_url=$(url plot-service)
  find_public_url
  apply frontend "${FRONTEND_MIN:-0}" "${FRONTEND_MAX:-4}"
  allow_only frontend allUsers
  echo "the page: $(url frontend)"
  run deploy/doctor --project "$PROJECT" --region "$REGION"
}

down() {
  local service
  for service in frontend plot-service predict-service; do
    run gcloud --project "$PROJECT" --quiet run services delete "fortnight-$service" --region "$REGION" || true
  done
  run gcloud --project "$PROJECT" --quiet artifacts repositories delete fortnight --location "$REGION" || true
  for service in "${services[@]}"; do
    run gcloud --project "$PROJECT" --quiet iam service-accounts delete "$(account "$service")" || true
  done
  if [ -n "$with_secret" ]; then
    run gcloud --project "$PROJECT" --quiet secrets delete $secret || true
  else
    echo "the secret $secret is kept; --with-secret deletes it too"
  fi
}

if [ -z "$dry_run" ]; then
  command -v gcloud >/dev/null || fail "gcloud is not installed; https://cloud.google.com/sdk/docs/install"
fi
$action
