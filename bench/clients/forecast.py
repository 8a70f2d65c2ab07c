"""Asks predict-service for a forecast and plot-service for the layout of its picture, with generated clients."""

import sys

from plot_client import Client as PlotClient
from plot_client.api.plot import plot as draw
from plot_client.models import ChartRequest, PlotArea
from predict_client import Client as PredictClient
from predict_client.api.chance import chance
from predict_client.api.predict import predict
from predict_client.api.track_record import track_record
from predict_client.models import Problem, SourceStatus

predict_url, plot_url = sys.argv[1:]
service = PredictClient(base_url=predict_url)

forecast = predict.sync(client=service, stock="KO", history=30)
assert forecast.stock.name.startswith("Coca-Cola"), forecast.stock
assert len(forecast.forecast) == 14
assert forecast.sources[0].status == SourceStatus.OK
first = forecast.forecast[0].quantiles.to_dict()
assert first["0.1"] < first["0.5"] < first["0.9"], first

question = chance.sync(client=service, stock="KO", above=1, by=forecast.forecast[-1].date)
assert question.on_day.words == "over 95%", question

record = track_record.sync(client=service, stock="KO")
low, high = record.coverage[0].between
assert low <= record.coverage[0].held <= high, record.coverage

unknown = predict.sync(client=service, stock="NOPE")
assert isinstance(unknown, Problem) and unknown.status == 404, unknown

answer = forecast.to_dict()
chart = ChartRequest.from_dict({
    "title": "Coca-Cola", "currency": "USD",
    **{part: answer[part] for part in ("history", "forecast", "events") if part in answer},
})
# The generator offers one kind of answer for each operation: here the place of the data in the picture.
area = draw.sync(client=PlotClient(base_url=plot_url), body=chart, accept="application/json")
assert isinstance(area, PlotArea), area
