# What the project needs before any service runs.

data "google_project" "this" {
  project_id = var.project
}

locals {
  apis = [
    "artifactregistry.googleapis.com",
    "iam.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
  ]
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

  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s" # 30 days
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
