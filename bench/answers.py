"""What the services answer while nothing is wrong. Every later answer is compared with it."""

import json

from system import ask, chart_request

SYMBOLS = ("AAPL", "MSFT", "NVDA", "KO", "JPM", "XOM", "ORCL", "DIS", "PFE", "WMT")
DAYS = ("2025-03-14", "2025-06-20", "2025-09-12", "2026-01-16", "2026-03-13", "2026-06-12", "2026-09-18", "2026-10-16")
JSON = {"content-type": "application/json"}


class Wrong(Exception):
    """A wrong answer: the kind of error, and the details."""

    def __init__(self, kind, particulars=""):
        super().__init__(kind, particulars)
        self.kind, self.particulars = kind, particulars


class Answers:
    """Learns what is right from services without faults; the checks raise `Wrong`."""

    def __init__(self, predict, plot, frontend):
        self.predict, self.plot, self.frontend = predict, plot, frontend
        self.right = {}
        for symbol in SYMBOLS:
            for day in DAYS:
                forecast = json.loads(must(predict, f"/predict?stock={symbol}&as_of={day}"))
                if any(source["status"] == "missing" for source in forecast["sources"]):
                    raise RuntimeError(f"no calm answer for {symbol} as of {day}: {forecast['sources']}")
                self.right[symbol, day] = forecast
        self.chart = chart_request(self.right["AAPL", DAYS[0]])
        self.picture = must(plot, "/plot", self.chart)
        self.found = must(frontend, "/stocks?q=app")

    def question(self, chance):
        """One that a client may ask: service, path, body, check, stock and day."""
        key = symbol, day = chance.choice(SYMBOLS), chance.choice(DAYS)
        return *chance.choice((
            (self.predict, f"/predict?stock={symbol}&as_of={day}", None, self.is_forecast),
            (self.predict, f"/predict?stock={symbol}&as_of={day}", None, self.is_forecast),
            (self.frontend, f"/forecast/{symbol}/forecast.json?as_of={day}", None, self.is_forecast),
            (self.frontend, f"/forecast/{symbol}/plot.png?as_of={day}", None, self.is_picture),
            (self.frontend, f"/forecast/{symbol}?as_of={day}", None, self.is_page),
            (self.frontend, "/stocks?q=app", None, self.is_search),
            (self.plot, "/plot", self.chart, self.is_that_picture),
        )), key

    def number_question(self, chance):
        """One for numbers that pass through all services; it requests no picture."""
        key = symbol, day = chance.choice(SYMBOLS), chance.choice(DAYS)
        return self.frontend, f"/forecast/{symbol}/forecast.json?as_of={day}", None, self.is_forecast, key

    def questions_of_every_kind(self):
        """One of each kind. The first two are never cached, so every source is asked."""
        key = symbol, day = SYMBOLS[0], DAYS[0]
        return [
            (self.predict, f"/predict?stock={SYMBOLS[1]}&as_of=2025-02-0{fresh}", None, lambda *_: None, key)
            for fresh in (3, 4)
        ] + [
            (self.predict, f"/predict?stock={symbol}&as_of={day}", None, self.is_forecast, key),
            (self.frontend, f"/forecast/{symbol}/forecast.json?as_of={day}", None, self.is_forecast, key),
            (self.frontend, f"/forecast/{symbol}/plot.png?as_of={day}", None, self.is_picture, key),
            (self.plot, "/plot", self.chart, self.is_that_picture, key),
        ]

    def is_forecast(self, content, key):
        answer, right = json.loads(content), self.right[key]
        for part in ("stock", "as_of", "history"):
            if answer[part] != right[part]:
                raise Wrong(f"{part} is not what it was", difference(answer[part], right[part]))
        # Each source reports what it had. If all reports are unchanged, so is the forecast.
        parts = ("source", "provider", "status", "days")
        state = lambda forecast: [[one[part] for part in parts] for one in forecast["sources"]]
        if state(answer) == state(right) and not same_prices(answer["forecast"], right["forecast"]):
            raise Wrong("another forecast with the same sources", key)
        if [one["date"] for one in answer["forecast"]] != [one["date"] for one in right["forecast"]]:
            raise Wrong("the sessions are others", key)
        for session in answer["forecast"]:
            prices = list(session["quantiles"].values())
            if prices != sorted(prices) or len(prices) != 7:
                raise Wrong("quantiles cross", f"{key} on {session['date']}")

    def is_picture(self, content, key):
        if content[:8] != b"\x89PNG\r\n\x1a\n" or content[-8:-4] != b"IEND":
            raise Wrong("not a whole PNG")

    def is_that_picture(self, content, key):
        if content != self.picture:
            raise Wrong("the same chart gave other bytes")

    def is_page(self, content, key):
        if key[0].encode() not in content or b"</html>" not in content:
            raise Wrong("not a whole page")

    def is_search(self, content, key):
        if content != self.found:
            raise Wrong("the search found something else")


def hold(check, content, key):
    """Checks an answer; one that cannot even be read is wrong too."""
    try:
        check(content, key)
    except (ValueError, KeyError, TypeError) as error:
        raise Wrong("cannot be read", f"{error!r}: {content[:200]}") from error


def must(process, path, body=None):
    status, _, content = put(process, path, body)
    if status != 200:
        raise RuntimeError(f"{process.name} answered {path} with {status}: {content[:300]}")
    return content


def put(process, path, body):
    """Waits up to 20 s, longer than any deadline of the services."""
    return ask(process.port, path, "POST" if body else "GET", body, JSON if body else None, 20)


def difference(answer, right):
    """The first list item that differs, or everything if it is not a list."""
    if isinstance(answer, list) and len(answer) == len(right):
        return next(f"{one}, was {other}" for one, other in zip(answer, right) if one != other)
    return f"{str(answer)[:200]}, was {str(right)[:200]}"


def same_prices(some, others):
    """Alike but for the last bit, which a price may lose on its way through another service's JSON."""
    return all(
        one["quantiles"].keys() == other["quantiles"].keys()
        and all(abs(price / other["quantiles"][level] - 1) < 1e-12 for level, price in one["quantiles"].items())
        for one, other in zip(some, others, strict=True)
    )
