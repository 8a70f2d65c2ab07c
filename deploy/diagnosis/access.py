"""Checks who may call which service and who may read the token."""

from diagnosis.cloud import EVERYONE, INVOKER, members
from diagnosis.visitor import visit

SECRET = "eodhd-api-token"
SECRET_READER = "roles/secretmanager.secretAccessor"
BALANCER_ONLY = "internal-and-cloud-load-balancing"


def check_frontend(frontend, private, cloud, report):
    """Checks the public service."""
    public = frontend.is_open() or "allUsers" in cloud.invokers("frontend")
    how = "its invoker check is off" if frontend.is_open() else "allUsers may invoke it"
    report.check("not-public", public, f"it is public: {how}",
                 "visitors are refused: allUsers may not invoke it, and its invoker check is on",
                 f"gcloud run services add-iam-policy-binding fortnight-frontend --region {cloud.region} "
                 f"--member allUsers --role {INVOKER}; where the organization forbids allUsers, "
                 "gcloud run services update fortnight-frontend --no-invoker-iam-check")
    check_visitors(frontend, report)
    public_url = frontend.value("PUBLIC_URL", "")
    if not public_url:
        report.bad("no-public-url", "PUBLIC_URL is not set, so shared links carry no address and no picture",
                   f"set PUBLIC_URL to the address visitors use, such as {frontend.url}")
    else:
        report.check("bad-public-url", public_url.startswith("https://"), f"its pages link to {public_url}",
                     f"PUBLIC_URL is `{public_url}`, not an https address",
                     f"set PUBLIC_URL to the address visitors use, such as {frontend.url}")
    for service in private:
        check_route(frontend, service, report)


def check_visitors(frontend, report):
    """Checks how visitors reach the page and how they are told apart."""
    ingress = frontend.annotations.get("run.googleapis.com/ingress", "all")
    hops, rate = (frontend.number(name, 0) for name in ("CLIENT_ADDRESS_HOPS", "CLIENT_RATE_PER_SECOND"))
    if hops > 1:
        report.check("balancer-bypassed", ingress == BALANCER_ONLY,
                     "only its load balancer reaches it, so visitors' addresses can be trusted",
                     f"its ingress is {ingress}: clients that bypass the load balancer can choose their address",
                     f"set run.googleapis.com/ingress to {BALANCER_ONLY}, or CLIENT_ADDRESS_HOPS=1 without a balancer")
    else:
        report.check("ingress", ingress == "all", "it can be reached from the internet", f"its ingress is {ingress}",
                     "set run.googleapis.com/ingress to all; behind a balancer, CLIENT_ADDRESS_HOPS=2")
    if rate == 0:
        report.note("no CLIENT_RATE_PER_SECOND: one visitor can use all capacity")
    else:
        report.check("visitors-as-one", hops > 0, f"a visitor gets {rate} requests a second",
                     f"all visitors together get {rate} requests a second: they count as one client",
                     "set CLIENT_ADDRESS_HOPS=1, or 2 behind an application load balancer")


def check_route(frontend, service, report):
    """Checks the frontend's address and audience for a private service."""
    variable = "PREDICT_URL" if service.name == "predict-service" else "PLOT_URL"
    audience_variable = variable.replace("URL", "AUDIENCE")
    target = frontend.value(variable, "")
    audience = frontend.value(audience_variable, service.url)
    report.check("wrong-address", target.rstrip("/") in service.audiences(),
                 f"{variable} is the address of {service.name}",
                 f"{variable} is `{target}`, but {service.name} is at {service.url}", f"set {variable}={service.url}")
    report.check("wrong-audience", audience in service.audiences(),
                 f"its tokens for {service.name} name the right audience",
                 f"its tokens for {service.name} would name the audience `{audience}`, which is refused",
                 f"unset {audience_variable}, or set it to {service.url} without path, port or final slash")


def check_private(service, frontend, cloud, report):
    """Checks a service that only the frontend may call."""
    invokers = cloud.invokers(service.name)
    open_to = sorted(invokers & EVERYONE)
    report.check("public-private-service", not open_to, "it is closed to the public",
                 f"{', '.join(open_to)} may invoke it",
                 f"gcloud run services remove-iam-policy-binding fortnight-{service.name} --region {cloud.region} "
                 f"--member {(open_to or ['allUsers'])[0]} --role {INVOKER}")
    report.check("invoker-check-off", not service.is_open(), "Cloud Run checks who calls it",
                 "its invoker check is off, so anyone may call it, whatever the bindings say",
                 f"gcloud run services update fortnight-{service.name} --region {cloud.region} --invoker-iam-check")
    caller = f"serviceAccount:{cloud.account('frontend')}"
    report.check("no-invoker", caller in invokers, "the frontend may invoke it", "the frontend may not invoke it",
                 f"gcloud run services add-iam-policy-binding fortnight-{service.name} --region {cloud.region} "
                 f"--member {caller} --role {INVOKER}")
    report.check("frontend-limited", service.number("CLIENT_RATE_PER_SECOND", 0) == 0, "it does not limit the frontend",
                 "CLIENT_RATE_PER_SECOND limits the frontend, its only client, and so all visitors together",
                 "unset it; the frontend limits each visitor")
    strangers = sorted(invokers - EVERYONE - {caller, f"serviceAccount:{cloud.account('nightly')}"})
    if strangers:
        report.note(f"{', '.join(strangers)} may invoke it too")
    ingress = service.annotations.get("run.googleapis.com/ingress", "all")
    if ingress != "all" and frontend:
        through_vpc = frontend.revision.get("run.googleapis.com/vpc-access-egress") in ("all", "all-traffic")
        report.check("internal-without-vpc", through_vpc, "it is internal, and the frontend reaches it through the VPC",
                     f"its ingress is {ingress}, but the frontend's calls do not go through the VPC: they get 404",
                     "set SUBNETWORK for deploy.sh, internal_only for Terraform, or the ingress to all")
    status, _ = visit(f"{service.url}/health")
    report.check("answers-strangers", status in (401, 403, 404), f"an unauthenticated request is refused with {status}",
                 f"an unauthenticated request is answered with {status}", "remove its public invokers, see above")


def check_secret(predict, cloud, report):
    """Checks the EODHD token."""
    reference = predict.variables.get("EODHD_API_TOKEN", {}).get("valueFrom", {}).get("secretKeyRef")
    if predict.value("EODHD_API_TOKEN"):
        return  # In plain text, which `check_settings` reports.
    if not reference:
        stored, _ = cloud.ask("secrets", "versions", "list", SECRET, "--filter", "state=ENABLED")
        report.check("token-not-used", not stored, "there is no EODHD token: forecasts have no news",
                     f"{SECRET} has a token, but predict-service does not use it: forecasts have no news",
                     "deploy again; deploy.sh takes the newest version, Terraform needs eodhd_token_version")
        return
    secret, version = reference["name"], reference["key"]
    report.check("secret-not-pinned", version.isdigit(), f"the token is version {version} of {secret}",
                 f"the token's version is `{version}`, which can change while a service runs", "pin a number")
    found, reason = cloud.ask("secrets", "versions", "describe", version, "--secret", secret)
    if found is None:
        report.bad("secret-missing", f"version {version} of the secret {secret} is not there: {reason}",
                   "EODHD_TOKEN_FILE=token.txt deploy/deploy.sh up")
    else:
        report.check("secret-disabled", found.get("state") == "ENABLED", "that version is enabled",
                     f"that version is {found.get('state')}",
                     f"gcloud secrets versions enable {version} --secret {secret}, or deploy a newer one")
    policy, _ = cloud.ask("secrets", "get-iam-policy", secret)
    account = f"serviceAccount:{cloud.account('predict-service')}"
    readers = members(policy, SECRET_READER)
    report.check("secret-unreadable", account in readers, "predict-service may read it",
                 "predict-service may not read it",
                 f"gcloud secrets add-iam-policy-binding {secret} --member {account} --role {SECRET_READER}")
    others = sorted(readers - {account})
    if others:
        report.note(f"{', '.join(others)} may read it too")
