# What the project needs before any service runs.

data "google_project" "this" {
  project_id = var.project
}

locals {
  apis = concat(
    [
      "artifactregistry.googleapis.com",
      "iam.googleapis.com",
      "run.googleapis.com",
      "secretmanager.googleapis.com",
    ],
    var.notify_email != "" ? ["logging.googleapis.com", "monitoring.googleapis.com"] : [],
    local.has_night ? ["cloudscheduler.googleapis.com"] : [],
    var.memorystore ? ["redis.googleapis.com"] : [],
    var.domain != "" ? ["compute.googleapis.com"] : [],
  )
}

resource "google_project_service" "apis" {
  for_each = toset(local.apis)
  service  = each.value
  # Other software in the project may use them too.
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "fortnight"
  location      = var.region
  format        = "DOCKER"
  description   = "Fortnight's images"

  # Old images cost storage; those of the last ten releases stay for a rollback. deploy.sh sets the same policies.
  dynamic "cleanup_policies" {
    for_each = { for policy in jsondecode(file("${path.module}/../registry-cleanup.json")) : policy.name => policy }
    content {
      id     = cleanup_policies.key
      action = upper(cleanup_policies.value.action.type)
      dynamic "most_recent_versions" {
        for_each = try([cleanup_policies.value.mostRecentVersions], [])
        content {
          keep_count = most_recent_versions.value.keepCount
        }
      }
      dynamic "condition" {
        for_each = try([cleanup_policies.value.condition], [])
        content {
          older_than = condition.value.olderThan
        }
      }
    }
  }

  depends_on = [google_project_service.apis]
}

# The secret only. Its versions are added manually or by deploy.sh, so that the token never enters Terraform's state.
resource "google_secret_manager_secret" "eodhd_api_token" {
  secret_id = "eodhd-api-token"
  replication {
    auto {}
  }

  depends_on = [google_project_service.apis]
}
