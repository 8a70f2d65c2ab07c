// Asks predict-service for a forecast and plot-service for its picture, with generated types.

import createClient from "openapi-fetch";
import type { paths as PlotPaths } from "./plot.d.ts";
import type { paths as PredictPaths } from "./predict.d.ts";

declare const process: { argv: string[] };

function ensure(condition: boolean, what: unknown): asserts condition {
  if (!condition) throw new Error(JSON.stringify(what));
}

const [predictUrl, plotUrl] = process.argv.slice(2);
const service = createClient<PredictPaths, `application/${string}`>({ baseUrl: predictUrl });

const { data: forecast, error } = await service.GET("/predict", { params: { query: { stock: "KO", history: 30 } } });
ensure(forecast !== undefined, error);
ensure(forecast.stock.name.startsWith("Coca-Cola"), forecast.stock);
ensure(forecast.forecast.length === 14, forecast.forecast);
const first = forecast.forecast[0]!.quantiles;
ensure(first["0.1"] < first["0.5"] && first["0.5"] < first["0.9"], first);

const by = forecast.forecast[13]!.date;
const { data: chance } = await service.GET("/predict/chance", { params: { query: { stock: "KO", above: 1, by } } });
ensure(chance?.on_day.words === "over 95%", chance);

const { error: unknown } = await service.GET("/predict", { params: { query: { stock: "NOPE" } } });
ensure(unknown?.status === 404, unknown);

const { history, events } = forecast;
const picture = await createClient<PlotPaths>({ baseUrl: plotUrl }).POST("/plot", {
  body: { title: "Coca-Cola", currency: "USD", history, forecast: forecast.forecast, events },
  parseAs: "arrayBuffer",
});
ensure(picture.response.headers.get("content-type") === "image/png", picture.error);
