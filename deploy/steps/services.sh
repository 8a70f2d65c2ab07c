# shellcheck shell=bash
# Fills in and applies the files in knative/, and sets who may call the services.

# Deletes an optional part of a file, which stands between comments.
without() { sed -i "/# $1:/,/# end of $1/d" "$2"; }

# Escapes what means something to sed.
escaped() { sed 's/[&|\\]/\\&/g' <<<"$1"; }

render() {
  local service=$1 min=$2 max=$3 file subnetwork=
  file=$work/$service.yaml
  cp "deploy/knative/$service.yaml" "$file"
  [ -n "$token_version" ] || without secret "$file"
  case $service in
    frontend | nightly) subnetwork=${SUBNETWORK:-} ;;
    predict-service) subnetwork=${REDIS_SUBNETWORK:-} ;;
  esac
  [ -n "$subnetwork" ] || without vpc "$file"
  [ -n "${REDIS_URL:-}" ] || without redis "$file"
  [ -n "${STORE_BUCKET:-}" ] || without store "$file"
  [ -n "${stable[$service]:-}" ] && without "first release" "$file" || without "later release" "$file"
  sed -i \
    -e "s|\${PROJECT}|$PROJECT|g" -e "s|\${REGION}|$REGION|g" -e "s|\${IMAGE}|${images[$service]}|g" \
    -e "s|\${MIN_INSTANCES}|$min|g" -e "s|\${MAX_INSTANCES}|$max|g" -e "s|\${RELEASE}|$release|g" \
    -e "s|\${PRIVATE_INGRESS}|${SUBNETWORK:+internal}|g" -e 's|run.googleapis.com/ingress: $|run.googleapis.com/ingress: all|' \
    -e "s|\${TOKEN_VERSION}|$token_version|g" -e "s|\${SUBNETWORK}|$subnetwork|g" \
    -e "s|\${EDGAR_CONTACT}|$(escaped "$EDGAR_CONTACT")|g" -e "s|\${REDIS_URL}|$(escaped "${REDIS_URL:-}")|g" \
    -e "s|\${STORE_BUCKET}|${STORE_BUCKET:-}|g" -e "s|\${KEY_VERSION}|${key_version:-}|g" \
    -e "s|\${PREDICT_URL}|${predict_url:-}|g" -e "s|\${PLOT_URL}|${plot_url:-}|g" \
    -e "s|\${PUBLIC_URL}|${public_url:-}|g" -e "s|\${STABLE}|${stable[$service]:-}|g" -e '1d' "$file"
  # A variable left in the file is missing above.
  if grep -n '\${[A-Z_]*}' "$file"; then fail "deploy/knative/$service.yaml has variables that deploy.sh does not know"; fi
}

apply() {
  local service=$1
  render "$@"
  [ -z "$dry_run" ] || sed 's/^/    | /' "$work/$service.yaml"
  run_g run services replace "$work/$service.yaml" --region "$REGION"
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

# Lets only these members call a service. Sets `access_changed` if the list was different before.
access_changed=
allow_only() {
  local service=$1 members=
  shift
  if [ -z "$dry_run" ]; then
    members=$(g run services get-iam-policy "fortnight-$service" --region "$REGION" \
      --flatten 'bindings[],bindings.members[]' --filter 'bindings.role=roles/run.invoker' \
      --format 'value(bindings.members)')
  fi
  [ "$(sort <<<"$members")" != "$(printf '%s\n' "$@" | sort)" ] || return 0
  {
    printf 'bindings:\n- role: roles/run.invoker\n  members:\n'
    printf '  - %s\n' "$@"
  } >"$work/policy.yaml"
  echo "# roles/run.invoker on fortnight-$service: $*"
  run_g run services set-iam-policy "fortnight-$service" "$work/policy.yaml" --region "$REGION"
  access_changed=1
}
