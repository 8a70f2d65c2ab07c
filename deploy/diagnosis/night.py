"""Checks the job that records forecasts every night, if there is one."""

import re

JOB = "fortnight-nightly"


class Job:
    """The job as it is deployed."""

    def __init__(self, job):
        self.spec = job["spec"]["template"]["spec"]["template"]["spec"]
        self.container = self.spec["containers"][0]
        self.variables = {entry["name"]: entry for entry in self.container.get("env", [])}
        self.last = job.get("status", {}).get("latestCreatedExecution", {})

    def value(self, variable):
        return self.variables.get(variable, {}).get("value", "")


def check_night(frontend, predict, cloud, report):
    """Checks the job against the services that it calls and that read its store."""
    found, reason = cloud.ask("run", "jobs", "describe", JOB, "--region", cloud.region)
    store = frontend.value("STORE_URL", "")
    if found is None:
        if store:
            report.bad("missing-job", f"the pages read {store}, but no job writes it: {reason}",
                       f"PROJECT={cloud.project} STORE_BUCKET={store.removeprefix('gs://')} deploy/deploy.sh up")
        else:
            report.note("no nightly job: STORE_BUCKET is not set")
        return
    job = Job(found)
    account = job.spec.get("serviceAccountName", "the default account")
    report.check("shared-account", account == cloud.account("nightly"), f"runs as its own account {account}",
                 f"runs as {account}", f"set serviceAccountName to {cloud.account('nightly')}")
    image = job.container.get("image", "")
    report.check("image-not-pinned", re.search(r"@sha256:[0-9a-f]{64}$", image), "its image is pinned by digest",
                 f"its image {image} is not pinned", "deploy by digest; deploy.sh and Terraform do")
    report.check("other-store", job.value("STORE_URL") == store, f"the pages read what it writes to {store}",
                 f"it writes to `{job.value('STORE_URL')}`, and the pages read `{store}`",
                 "set the same STORE_URL for both; STORE_BUCKET of deploy.sh does")
    key = job.variables.get("RECORD_KEY", {})
    report.check("no-record-key", "valueFrom" in key, "its key comes from Secret Manager",
                 "RECORD_KEY does not come from Secret Manager", "RECORD_KEY_FILE=record.pem deploy/deploy.sh up")
    check_calls(job, predict, cloud, report)
    check_runs(job, cloud, report)


def check_calls(job, predict, cloud, report):
    target = job.value("PREDICT_URL")
    report.check("wrong-address", target.rstrip("/") in predict.audiences(), "PREDICT_URL is the address of predict-service",
                 f"PREDICT_URL is `{target}`, but predict-service is at {predict.url}", f"set PREDICT_URL={predict.url}")
    caller = f"serviceAccount:{cloud.account('nightly')}"
    report.check("night-refused", caller in cloud.invokers("predict-service"), "it may invoke predict-service",
                 "it may not invoke predict-service",
                 "gcloud run services add-iam-policy-binding fortnight-predict-service "
                 f"--region {cloud.region} --member {caller} --role roles/run.invoker")


def check_runs(job, cloud, report):
    schedule, _ = cloud.ask("scheduler", "jobs", "describe", JOB, "--location", cloud.region)
    state = (schedule or {}).get("state", "not there")
    report.check("no-schedule", state == "ENABLED", f"it starts at {(schedule or {}).get('schedule')}",
                 f"its schedule is {state.lower()}",
                 f"gcloud scheduler jobs resume {JOB} --location {cloud.region}, or deploy again")
    failed = job.last.get("completionStatus") == "EXECUTION_FAILED"
    report.check("night-failed", not failed, f"its last run is {job.last.get('name', 'still to come')}",
                 f"its last run {job.last.get('name')} failed",
                 f"gcloud run jobs logs read {JOB} --region {cloud.region}; the next run continues where it stopped")
