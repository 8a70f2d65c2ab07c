# shellcheck shell=bash
# Nightly runs, if there is a STORE_BUCKET: the bucket, the key that signs the record, the job, and its schedule.

key_secret=record-key
# Two and a half hours after the close: by then the day's prices are final.
schedule=${NIGHTLY_SCHEDULE:-30 18 * * 1-5}

# Creates the bucket, stores the key, lets the job write and the frontend read, and sets `key_version`.
prepare_store() {
  [ -n "${STORE_BUCKET:-}" ] || return 0
  run_g services enable cloudscheduler.googleapis.com
  exists g storage buckets describe "gs://$STORE_BUCKET" ||
    run_g storage buckets create "gs://$STORE_BUCKET" --location "$REGION" --uniform-bucket-level-access
  run_g storage buckets add-iam-policy-binding "gs://$STORE_BUCKET" \
    --member "serviceAccount:$(account nightly)" --role roles/storage.objectUser
  run_g storage buckets add-iam-policy-binding "gs://$STORE_BUCKET" \
    --member "serviceAccount:$(account frontend)" --role roles/storage.objectViewer
  store_secret "$key_secret" RECORD_KEY_FILE
  let_read "$key_secret" nightly
  key_version=$(newest_version "$key_secret")
  [ -n "$key_version" ] ||
    fail "there is no key for the record; openssl genpkey -algorithm ed25519 -out record.pem makes one, and RECORD_KEY_FILE=record.pem stores it"
}

# Deploys the job and its schedule. Only the job's own account may start it.
deploy_night() {
  [ -n "${STORE_BUCKET:-}" ] || return 0
  local verb=create
  render nightly 0 0
  [ -z "$dry_run" ] || sed 's/^/    | /' "$work/nightly.yaml"
  run_g run jobs replace "$work/nightly.yaml" --region "$REGION"
  run_g run jobs add-iam-policy-binding fortnight-nightly --region "$REGION" \
    --member "serviceAccount:$(account nightly)" --role roles/run.invoker
  if exists g scheduler jobs describe fortnight-nightly --location "$REGION"; then verb=update; fi
  run_g scheduler jobs $verb http fortnight-nightly --location "$REGION" \
    --schedule "$schedule" --time-zone America/New_York --http-method POST \
    --uri "https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/fortnight-nightly:run" \
    --oauth-service-account-email "$(account nightly)"
}

# Deletes the job and its schedule. Keeps the bucket and the key, because the record could not be restored.
delete_night() {
  exists g run jobs describe fortnight-nightly --region "$REGION" || [ -n "$dry_run" ] || return 0
  run_g scheduler jobs delete fortnight-nightly --location "$REGION" || true
  run_g run jobs delete fortnight-nightly --region "$REGION" || true
  run_g iam service-accounts delete "$(account nightly)" || true
  echo "the bucket with the store and the secret $key_secret are kept"
}
