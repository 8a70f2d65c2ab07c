# One account per service, and one for the nightly job. Only the frontend may call predict and plot, and the nightly job
# predict; only predict may read the token. The frontend itself checks no one (`invoker_iam_disabled`).

locals {
  services = concat(["frontend", "predict-service", "plot-service"], local.has_night ? ["nightly"] : [])
}

resource "google_service_account" "service" {
  for_each     = toset(local.services)
  account_id   = "fortnight-${each.value}"
  display_name = "Fortnight ${each.value}"

  depends_on = [google_project_service.apis]
}

resource "google_secret_manager_secret_iam_member" "predict_reads_token" {
  secret_id = google_secret_manager_secret.eodhd_api_token.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service["predict-service"].member
}

# Authoritative: a binding added manually, allUsers in particular, is removed by the next apply.
resource "google_cloud_run_v2_service_iam_binding" "private" {
  for_each = local.deployed ? toset(["predict-service", "plot-service"]) : toset([])
  name     = google_cloud_run_v2_service.private[each.value].name
  location = var.region
  role     = "roles/run.invoker"
  members = concat(
    [google_service_account.service["frontend"].member],
    each.value == "predict-service" && local.has_night ? [google_service_account.service["nightly"].member] : [],
  )
}
