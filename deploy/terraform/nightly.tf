# Nightly runs, with `store_bucket`: a job that records forecasts of all stocks in a bucket, which the frontend reads.

locals {
  has_night = var.store_bucket != ""
}

resource "google_storage_bucket" "store" {
  count                       = local.has_night ? 1 : 0
  name                        = var.store_bucket
  location                    = var.region
  uniform_bucket_level_access = true
  # The record could not be restored.
  force_destroy = false
}

resource "google_storage_bucket_iam_member" "store" {
  for_each = local.has_night ? { nightly = "roles/storage.objectUser", frontend = "roles/storage.objectViewer" } : {}
  bucket   = google_storage_bucket.store[0].name
  role     = each.value
  member   = google_service_account.service[each.key].member
}

# The secret only. The key is added manually or by deploy.sh, so that it never enters Terraform's state.
resource "google_secret_manager_secret" "record_key" {
  count     = local.has_night ? 1 : 0
  secret_id = "record-key"
  replication {
    auto {}
  }

  depends_on = [google_project_service.apis]
}

resource "google_secret_manager_secret_iam_member" "nightly_reads_key" {
  count     = local.has_night ? 1 : 0
  secret_id = google_secret_manager_secret.record_key[0].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service["nightly"].member
}

resource "google_cloud_run_v2_job" "nightly" {
  count               = local.deployed && local.has_night ? 1 : 0
  name                = "fortnight-nightly"
  location            = var.region
  deletion_protection = var.deletion_protection

  template {
    labels = { release = var.release }
    # More tasks would share the budgets of the same predict-service, which limit the speed.
    task_count  = 1
    parallelism = 1
    template {
      service_account       = google_service_account.service["nightly"].email
      max_retries           = 3
      timeout               = "28800s"
      execution_environment = "EXECUTION_ENVIRONMENT_GEN2"
      dynamic "vpc_access" {
        for_each = var.internal_only ? [var.subnetwork] : []
        content {
          egress = "ALL_TRAFFIC"
          network_interfaces {
            subnetwork = vpc_access.value
          }
        }
      }
      containers {
        image = var.images["nightly"]
        resources {
          limits = { cpu = "1", memory = "1Gi" }
        }
        dynamic "env" {
          for_each = merge(local.common, {
            # The address is also the audience of the identity tokens.
            PREDICT_URL     = google_cloud_run_v2_service.private["predict-service"].uri
            STORE_URL       = "gs://${var.store_bucket}"
            NIGHTLY_AT_ONCE = "2"
          })
          content {
            name  = env.key
            value = env.value
          }
        }
        env {
          name = "RECORD_KEY"
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.record_key[0].secret_id
              version = var.record_key_version
            }
          }
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.record_key_version != ""
      error_message = "Set record_key_version: the record is signed with that version of the secret record-key."
    }
    precondition {
      condition     = contains(keys(var.images), "nightly")
      error_message = "Add the image nightly to images."
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.nightly_reads_key]
}

# Only the job's own account may start it.
resource "google_cloud_run_v2_job_iam_member" "nightly" {
  count    = local.deployed && local.has_night ? 1 : 0
  name     = google_cloud_run_v2_job.nightly[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.service["nightly"].member
}

resource "google_cloud_scheduler_job" "nightly" {
  count     = local.deployed && local.has_night ? 1 : 0
  name      = "fortnight-nightly"
  region    = var.region
  schedule  = var.nightly_schedule
  time_zone = "America/New_York"

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.region}/jobs/fortnight-nightly:run"
    oauth_token {
      service_account_email = google_service_account.service["nightly"].email
    }
  }
}
