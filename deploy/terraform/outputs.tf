output "registry" {
  description = "Push the images here, then name them by digest in `images`."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "url" {
  description = "The page; empty until images are named."
  value       = one(google_cloud_run_v2_service.frontend[*].uri)
}

output "address" {
  description = "Point the domain's A record here; empty without `domain`."
  value       = one(google_compute_global_address.front[*].address)
}
