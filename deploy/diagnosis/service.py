"""Checks that apply to every service."""

import re

# What both ways of deploying set; bench/RESULTS.md has the memory that the load test needs.
LEAST_MEMORY_MIB = 256


def check_service(service, cloud, report, tag=None):
    ready, reason = service.condition()
    report.check("not-ready", ready, "its newest revision is ready", f"it is not ready: {reason}",
                 f"gcloud run services logs read fortnight-{service.name} --region {cloud.region}")
    account = service.spec.get("serviceAccountName", "the default account")
    report.check("shared-account", account == cloud.account(service.name), f"runs as its own account {account}",
                 f"runs as {account}", f"set serviceAccountName to {cloud.account(service.name)}")
    image = service.container.get("image", "")
    report.check("image-not-pinned", re.search(r"@sha256:[0-9a-f]{64}$", image), "its image is pinned by digest",
                 f"its image {image} is not pinned", "deploy by digest; deploy.sh and Terraform do")
    check_probes(service, report)
    check_port(service, report)
    check_resources(service, report)
    check_instances(service, report)
    if not tag:
        check_traffic(service, cloud, report)


def check_probes(service, report):
    for kind in ("startupProbe", "livenessProbe"):
        path = service.container.get(kind, {}).get("httpGet", {}).get("path")
        if path is None:
            report.bad("no-probe", f"it has no HTTP {kind}", f"add one on /health; see deploy/knative/{service.name}.yaml")
        else:
            report.check("reserved-probe-path",
                         not path.endswith("z") and path != "/eventlog" and not path.startswith("/_ah/"),
                         f"{kind} asks {path}", f"{kind} asks {path}, a path that Cloud Run reserves", "use /health")


def check_port(service, report):
    """The services listen on the port that Cloud Run names in PORT, unless an argument overrides it."""
    expected = (service.container.get("ports") or [{}])[0].get("containerPort", 8080)
    arguments = " ".join(map(str, service.container.get("args", [])))
    overridden = re.search(r"--port[ =](\d+)", arguments)
    probed = [
        service.container.get(kind, {}).get("httpGet", {}).get("port") for kind in ("startupProbe", "livenessProbe")
    ]
    others = [int(port) for port in (overridden and overridden.group(1), *probed) if port and int(port) != expected]
    report.check("wrong-port", not others, f"requests and probes go to port {expected}",
                 f"Cloud Run sends requests to port {expected}, but an argument or a probe names {others}",
                 "remove the argument --port and the probe's port; the service listens on PORT, which Cloud Run sets")


def check_resources(service, report):
    cpu = service.container.get("resources", {}).get("limits", {}).get("cpu", "1")
    whole = float(cpu.removesuffix("m")) / (1000 if cpu.endswith("m") else 1) >= 1
    concurrency = int(service.spec.get("containerConcurrency", 80))
    report.check("fractional-cpu", whole or concurrency == 1, f"{cpu} CPU for {concurrency} requests at once",
                 f"{cpu} CPU allows one request at a time only", 'set cpu to "1"')
    memory = service.memory_mib()
    report.check("low-memory", memory >= LEAST_MEMORY_MIB, f"{memory:g} MiB of memory",
                 f"{memory:g} MiB of memory: under load it would be killed", f"set memory to {LEAST_MEMORY_MIB}Mi")
    if service.value("OTEL_EXPORTER_OTLP_ENDPOINT"):
        always = service.revision.get("run.googleapis.com/cpu-throttling") == "false"
        report.check("background-throttled", always, "it has CPU between requests, to send traces",
                     "it sends traces between requests, but has CPU during requests only: traces come late or never",
                     "set run.googleapis.com/cpu-throttling to \"false\" (billed by instance), or unset "
                     "OTEL_EXPORTER_OTLP_ENDPOINT")


def check_instances(service, report):
    least, most = service.instances("min") or 0, service.instances("max")
    report.check("no-max-instances", most is not None, f"{least} to {most} instances",
                 "it has no maximum of instances, so nothing limits the bill",
                 "set autoscaling.knative.dev/maxScale; deploy/README.md has the numbers")
    if most is not None and least > most:
        report.bad("min-above-max", f"it has at least {least} and at most {most} instances",
                   "make minScale at most maxScale")
    if service.name == "predict-service" and (most is None or most > 1):
        report.check("budgets-not-shared", "REDIS_URL" in service.variables,
                     "its instances share their budgets in Redis",
                     f"{most or 'any number of'} instances have a budget each, so together they send Yahoo, Google "
                     "Trends and the SEC several times what those allow",
                     "set maxScale to 1 (PREDICT_MAX=1), or REDIS_URL")


def check_traffic(service, cloud, report):
    newest = service.status.get("latestReadyRevisionName")
    shares = [target for target in service.status.get("traffic", []) if target.get("percent")]
    old = [target for target in shares if target.get("revisionName") != newest and not target.get("latestRevision")]
    said = ", ".join(f"{target['percent']}% to {target.get('revisionName')}" for target in old)
    report.check("traffic-pinned", not old, "all requests go to its newest revision",
                 f"requests go to an old revision: {said}; the newest is {newest}",
                 f"gcloud run services update-traffic fortnight-{service.name} --to-latest --region {cloud.region}, "
                 "or deploy again, if that is not deliberate")
