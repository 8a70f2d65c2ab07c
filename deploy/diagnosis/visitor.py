"""Requests the page like a visitor."""

import time
import urllib.error
import urllib.request

# A first answer that is slower than the second by more than this is a cold start that visitors notice.
SLOW_START_SECONDS = 1.0


def check_as_visitor(url, stock, report):
    """Requests a page, a forecast and a picture, which needs working identity tokens."""
    status, first = visit(f"{url}/health")
    _, second = visit(f"{url}/health")
    report.check("page-fails", status == 200, f"the page answers in {first * 1000:.0f} ms, then {second * 1000:.0f} ms",
                 f"the page answers {status}", "see the frontend's logs")
    if first - second > SLOW_START_SECONDS:
        report.note(f"the first answer took {first - second:.1f} s longer: a cold start; min instances 1 avoids it")
    for path, kind in (("forecast.json", "forecast"), ("plot.png", "picture")):
        status, took = visit(f"{url}/forecast/{stock}/{path}")
        report.check(f"{kind}-fails", status == 200, f"a {kind} of {stock} comes in {took * 1000:.0f} ms",
                     f"a {kind} of {stock} is answered with {status}",
                     "a 502 or 503 whose log says `refused` is an identity token: see audiences and invokers above")


def visit(url):
    """Returns the status, 0 without an answer, and the seconds it took."""
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            response.read()
            status = response.status
    except urllib.error.HTTPError as error:
        status = error.code
    except (urllib.error.URLError, OSError, ValueError):
        status = 0
    return status, time.monotonic() - begun
